import { type Address, addressOf, type Observed, type Wanted } from '../model/entity.js'
import type { Snapshot } from '../model/snapshot.js'
import type { Topology } from '../model/topology.js'
import { compareFields } from './compare.js'

/** Compares the entities of a snapshot with what is wanted while it is still being read. */
export type Comparison = {
  take(observed: readonly Observed[]): void
  /**
   * What is there just as wanted, and ours; undefined unless all of the snapshot was taken, and no two of it have the same
   * address.
   */
  settled(snapshot: Snapshot): ReadonlySet<Wanted> | undefined
}

/**
 * Compares one list after the other, as they come: a plan has to wait for the last one, and a controller takes its time for it.
 * Pure but for what it was given to take.
 */
export function createComparison({ stack, entities }: Topology): Comparison {
  const settled = new Set<Wanted>()
  let wanted: ReadonlyMap<Address, Wanted> | undefined
  let count = 0
  return {
    take: observed => {
      // Not before the first list is there: what is done until then, the requests have to wait for.
      wanted ??= new Map(entities.map(one => [addressOf(one), one]))
      count += observed.length
      for (const there of observed) {
        const one = there.owner?.stack === stack ? wanted.get(addressOf(there)) : undefined
        if (one !== undefined && compareFields(there, one).length === 0) settled.add(one)
      }
    },
    settled: snapshot => (count === snapshot.entities.size ? settled : undefined),
  }
}
