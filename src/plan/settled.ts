import { type Address, addressOf, type Observed, type Wanted } from '../model/entity.js'
import type { Topology } from '../model/topology.js'
import { compareFields } from './compare.js'

/** What shows of entities one by one, as they were read from the controller. */
export type Settled = {
  take(observed: readonly Observed[]): void
  /** Whether it has been found to be there: ours, just as wanted, and with the mark of its item. */
  has(wanted: Wanted): boolean
  /** What has been found that is ours, and not wanted. */
  orphans(): readonly Observed[]
}

/**
 * Compares one list after the other, as they come: a plan has to wait for the last one, and a controller takes its time for it.
 * It says nothing of what is not found: that takes all lists.
 */
export function createSettled({ stack, entities }: Topology): Settled {
  const wanted = new Map<Address, Wanted>(entities.map(one => [addressOf(one), one]))
  const settled = new Set<Wanted>()
  const orphans: Observed[] = []
  return {
    take: observed => {
      for (const there of observed) {
        if (there.owner?.stack !== stack) continue
        const one = wanted.get(addressOf(there))
        if (one === undefined) orphans.push(there)
        else if (one.item === there.owner.item && compareFields(there, one).length === 0) settled.add(one)
      }
    },
    has: one => settled.has(one),
    orphans: () => orphans,
  }
}
