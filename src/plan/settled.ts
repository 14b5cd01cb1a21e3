import { type Address, addressOf, type Observed, type Wanted } from '../model/entity.js'
import type { Snapshot } from '../model/snapshot.js'
import type { Topology } from '../model/topology.js'
import { compareFields } from './compare.js'

/** What is known of a snapshot before a plan is made of it. */
export type Settled = {
  /** Whether it is there: ours, just as wanted, and with the mark of its item. */
  has(wanted: Wanted): boolean
  /** What is ours and not wanted. */
  readonly orphans: readonly Observed[]
}

/** Compares the entities of a snapshot with what is wanted while it is still being read. */
export type Comparison = {
  take(observed: readonly Observed[]): void
  /** What was found, if all of the snapshot was taken, and no two of it have the same address. */
  of(snapshot: Snapshot): Settled | undefined
}

/**
 * Compares one list after the other, as they come: a plan has to wait for the last one, and a controller takes its time for it.
 * Pure but for what it was given to take.
 */
export function createComparison({ stack, entities }: Topology): Comparison {
  const settled = new Set<Wanted>()
  const orphans: Observed[] = []
  let wanted: ReadonlyMap<Address, Wanted> | undefined
  let count = 0
  return {
    take: observed => {
      // Not before the first list is there: what is done until then, the requests have to wait for.
      wanted ??= new Map(entities.map(one => [addressOf(one), one]))
      count += observed.length
      for (const there of observed) {
        if (there.owner?.stack !== stack) continue
        const one = wanted.get(addressOf(there))
        if (one === undefined) orphans.push(there)
        else if (one.item === there.owner.item && compareFields(there, one).length === 0) settled.add(one)
      }
    },
    of: snapshot => (count === snapshot.entities.size ? { has: one => settled.has(one), orphans } : undefined),
  }
}
