import { type Address, addressOf, type Observed, type Wanted } from '../model/entity.js'
import type { Conflict } from '../model/plan.js'
import type { Topology } from '../model/topology.js'
import { needsOf } from './order.js'

/** What a plan looks at: everything, or what was asked for and what that needs. */
export type Scope = {
  has(address: Address): boolean
  /** Whether something was asked for by its address, or by the item that asked for it. */
  names(address: Address, origin: string): boolean
  /** What was asked for and is nowhere. `known`: what this stack has on the network and the spec does not ask for. */
  strangers(known: readonly Observed[]): Conflict[]
}

/** Everything, unless there are targets. Pure. */
export function makeScope({ entities }: Topology, target: ReadonlySet<string> | undefined): Scope {
  if (target === undefined) return { has: () => true, names: () => true, strangers: () => [] }
  const names = (address: Address, origin: string) => target.has(address) || target.has(origin)
  const within = withNeeds(
    entities.filter(wanted => names(addressOf(wanted), wanted.origin)),
    new Map(entities.map(wanted => [addressOf(wanted), wanted])),
  )
  const asked = new Set<string>(entities.flatMap(wanted => [addressOf(wanted), wanted.origin]))
  return {
    has: address => within.has(address),
    names,
    strangers: known =>
      [...target]
        .filter(word => !asked.has(word) && !known.some(one => word === addressOf(one) || word === one.owner?.origin))
        .map(word => ({
          // Addresses and items come this far, and an item has the place of one: any other word is refused where it was typed.
          address: word as Address,
          reason: 'neither the spec nor this stack on the network has it',
          hint: 'see all addresses with: zprom plan --json',
        })),
  }
}

function withNeeds(wanted: readonly Wanted[], all: ReadonlyMap<Address, Wanted>): Set<Address> {
  const within = new Set<Address>()
  const open = [...wanted]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const address = addressOf(next)
    if (within.has(address)) continue
    within.add(address)
    open.push(...needsOf(next).flatMap(need => all.get(need) ?? []))
  }
  return within
}
