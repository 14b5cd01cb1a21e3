import { digestIn, digestOf } from '../kinds/digests.js'
import { type Address, addressOf, type Observed, type Wanted } from '../model/entity.js'
import type { Change, Drift, FieldChange } from '../model/plan.js'
import type { Snapshot } from '../model/snapshot.js'
import type { Topology } from '../model/topology.js'

/** Who changed a field that differs, by the fingerprint that was left when it was written; undefined when none was. */
export function causeOf({ field, before, after }: FieldChange, written: string | undefined): FieldChange['cause'] {
  const left = written === undefined ? undefined : digestIn(written, field)
  if (left === undefined) return undefined
  if (digestOf(before) === left) return 'spec'
  return digestOf(after) === left ? 'network' : 'both'
}

/** Tells which entities that are to be created were there before. */
export type MissingTest = (wanted: Wanted) => boolean

/**
 * An entity was there, or was about to be, when another one carries the mark of the very same item: the marks are made of
 * all that the item asks for. An item of which nothing is left has no mark, and counts as new.
 */
export function createMissingTest(
  { stack }: Pick<Topology, 'stack'>,
  { entities }: Pick<Snapshot, 'entities'>,
): MissingTest {
  let marks: Set<string> | undefined
  return ({ item, origin }) => {
    marks ??= marksOf(stack, entities)
    return item !== undefined && marks.has(`${item} ${origin}`)
  }
}

function marksOf(stack: string, entities: Snapshot['entities']): Set<string> {
  const marks = new Set<string>()
  for (const { owner } of entities.values())
    if (owner?.stack === stack && owner.item !== undefined) marks.add(`${owner.item} ${owner.origin}`)
  return marks
}

/**
 * Items that have become smaller: nothing is written for that, so nothing would carry the mark of what the item asks for now,
 * and what is deleted of it later would count as new. One entity of each is written again, of those in `kept`, which are as
 * wanted. An item of which something is still to be made has a mark once that is.
 */
export function renewMarks(
  { stack, entities: all }: Topology,
  kept: ReadonlyMap<Address, Wanted>,
  { isMarked, changes, snapshot }: Marks,
): Change[] {
  const written = new Set(changes.flatMap(change => (change.action === 'delete' ? [] : [change.after.origin])))
  const stale = new Map<string, Change>()
  for (const [address, wanted] of kept) {
    const { origin, item } = wanted
    const before = snapshot.entities.get(address)
    // Of an earlier version, or somebody else's: it has no mark, and an item of such alone gets none for its own sake.
    if (before?.owner?.stack !== stack || before.owner.item === undefined || before.owner.item === item) continue
    if (written.has(origin) || stale.has(origin) || isMarked(wanted)) continue
    const fields = [{ field: 'tags', before: { item: before.owner.item }, after: { item } }]
    stale.set(origin, { action: 'update', address, before, after: wanted, fields })
  }
  const isWhole = (origin: string) =>
    all.every(wanted => wanted.origin !== origin || snapshot.entities.has(addressOf(wanted)))
  return [...stale].flatMap(([origin, change]) => (isWhole(origin) ? [change] : []))
}

type Marks = {
  /** Whether something carries the mark of the very same item. */
  readonly isMarked: MissingTest
  readonly changes: readonly Change[]
  readonly snapshot: Pick<Snapshot, 'entities'>
}

/** What somebody changed on the network, apart from what the spec wants changed. */
export function findDrift(
  changes: readonly Change[],
  orphans: readonly Address[],
  { entities }: Pick<Snapshot, 'entities'>,
): Drift {
  const created = changes.flatMap(change => (change.action === 'create' ? [change] : []))
  const names = new Map(created.map(({ address, after }) => [`${after.kind} ${digestOf(after.name)}`, address]))
  const ours = orphans.flatMap(address => entities.get(address) ?? [])
  return {
    changed: changes.flatMap(change => {
      const fields = change.action === 'update' ? change.fields.filter(isDrift) : []
      return fields.length === 0 ? [] : [{ address: change.address, fields }]
    }),
    missing: created.flatMap(({ address, missing }) => (missing === true ? [address] : [])),
    extra: ours.flatMap(one => {
      const made = madeAs(one)
      if (made === undefined) return []
      const was = names.get(`${one.kind} ${made}`)
      return [{ address: addressOf(one), ...(was !== undefined && { renamedFrom: was }) }]
    }),
  }
}

/** Whether somebody changed a field on the network. */
export function isDrift({ cause }: FieldChange): boolean {
  return cause === 'network' || cause === 'both'
}

// The fingerprint of another name that zprom made it under; undefined when it still has that name, or none was left.
function madeAs({ owner, name }: Observed): string | undefined {
  const made = owner?.written === undefined ? undefined : digestIn(owner.written, 'name')
  return made === digestOf(name) ? undefined : made
}
