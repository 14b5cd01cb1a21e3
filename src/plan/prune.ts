import { kindOf } from '../kinds/index.js'
import { type Address, addressOf, type Observed, parseAddress } from '../model/entity.js'
import { listFew } from '../model/few.js'
import type { Change, Conflict, Prune } from '../model/plan.js'
import type { Snapshot } from '../model/snapshot.js'

/** What becomes of the entities that are ours and no longer wanted. Sorted. */
export type Pruned = {
  readonly deletes: readonly Change[]
  readonly conflicts: readonly Conflict[]
  /** What was asked for by address and is nowhere: an earlier run may have deleted it. */
  readonly notices: readonly Conflict[]
  /** What is left as it is. */
  readonly kept: readonly Address[]
}

/** Deletes what the person agreed to. An enrolled identity is somebody's access, so it needs a word of its own. */
export function planPrune(orphans: readonly Address[], snapshot: Snapshot, prune: Prune | undefined): Pruned {
  if (prune === undefined) return { deletes: [], conflicts: [], notices: [], kept: orphans }
  const doomed = new Set(orphans.filter(address => isDoomed(address, snapshot, prune)))
  const entities = [...doomed].flatMap(address => snapshot.entities.get(address) ?? [])
  const enrolled = prune.enrolledToo ? [] : entities.flatMap(entity => explainEnrolled(entity, snapshot) ?? [])
  const strangers = findStrangers(orphans, snapshot, prune)
  const isThere = ({ address }: Conflict) => snapshot.entities.has(address)
  return {
    deletes: entities.map(before => ({ action: 'delete', address: addressOf(before), before })),
    conflicts: [...enrolled, ...strangers.filter(isThere)],
    notices: strangers.filter(one => !isThere(one)),
    // Who names what is to go has said nothing of the rest.
    kept: prune.only === undefined ? orphans.filter(address => !doomed.has(address)) : [],
  }
}

/**
 * The configs that would be taken from services that stay: the controller deletes one that a service names, and the service
 * has none from then on, without a word.
 */
export function findConfigsInUse(
  deletes: readonly Change[],
  changes: readonly Change[],
  { entities }: Snapshot,
): Conflict[] {
  const doomed = new Set(deletes.map(({ address }) => address))
  if (![...doomed].some(address => address.startsWith('config/'))) return []
  const next = new Map(changes.flatMap(change => (change.action === 'update' ? [[change.address, change.after]] : [])))
  const users = new Map<Address, Address[]>()
  for (const [address, there] of entities) {
    const service = next.get(address) ?? there
    if (service.kind !== 'service' || doomed.has(address)) continue
    for (const config of kindOf(service.kind).needs(service.fields))
      if (doomed.has(config)) users.set(config, [...(users.get(config) ?? []), address])
  }
  return [...users].map(([address, services]) => ({
    address,
    reason: `${listFew(services.toSorted())} would be left without it`,
    hint: `to delete it, take it out of ${services.length === 1 ? 'that service' : 'those services'} first`,
  }))
}

function isDoomed(address: Address, { entities }: Snapshot, { only, of: item }: Prune): boolean {
  const origin = entities.get(address)?.owner?.origin
  if (item !== undefined && origin !== item) return false
  return only === undefined || only.has(address) || (origin !== undefined && only.has(origin))
}

// A password, or a name at somebody else's identity provider, is access as a certificate is.
function explainEnrolled(entity: Observed, { enrollments }: Snapshot): Conflict | undefined {
  if (entity.kind !== 'identity') return undefined
  const { certificate, otherLogins } = enrollments.get(entity.name) ?? {}
  if (certificate === undefined && otherLogins === undefined) return undefined
  const means = certificate === undefined ? `logs in by ${otherLogins?.join(', ')}` : 'holds its certificate'
  return {
    address: addressOf(entity),
    reason: `it is enrolled: whoever ${means} would lose access for good`,
    hint: 'if that is meant, say so: --accept delete-identities',
  }
}

// What was asked for by address and is not ours to delete, or not there.
function findStrangers(orphans: readonly Address[], { entities }: Snapshot, { only = new Set() }: Prune): Conflict[] {
  const ours = new Set<string>(orphans.flatMap(address => [address, entities.get(address)?.owner?.origin ?? address]))
  return (
    [...only]
      .filter(word => !ours.has(word))
      // An item has the place of an address; any other word is refused where it was typed.
      .map(word => word as Address)
      .map(address => ({
        address,
        reason: entities.has(address) ? 'it was not made for this spec' : describeNone(address),
        hint: 'see what there is to delete with: zprom destroy',
      }))
  )
}

function describeNone(word: string): string {
  return parseAddress(word) === undefined ? 'this stack has nothing of it on the network' : 'there is no such entity'
}

/**
 * Who names an entity now, by the address of the named: a delete has to wait until none of them does any more. Made once,
 * for to look through all changes for each delete takes seconds for thousands.
 */
export function usersOf(changes: readonly Change[]): ReadonlyMap<Address, readonly Address[]> {
  const users = new Map<Address, Address[]>()
  for (const change of changes) {
    if (change.action === 'create') continue
    for (const needed of kindOf(change.before.kind).needs(change.before.fields)) {
      const list = users.get(needed)
      if (list === undefined) users.set(needed, [change.address])
      else list.push(change.address)
    }
  }
  return users
}
