import { type Address, addressOf, type Wanted } from '../model/entity.js'
import type { Change, Conflict, Plan } from '../model/plan.js'
import type { Snapshot } from '../model/snapshot.js'
import { basisOf } from './basis.js'
import { compareFields } from './compare.js'
import { type EnrollmentInputs, planEnrollments } from './enrollments.js'
import { findDangling, orderChanges } from './order.js'
import { findFixedFieldConflict, findOwnershipConflict } from './ownership.js'

export type { EnrollmentInputs } from './enrollments.js'

/** Everything that must happen so that the controller has what the spec says. Pure: same inputs, same plan. */
export function makePlan(inputs: EnrollmentInputs): Plan {
  const { topology, snapshot } = inputs
  const dangling = findDangling(topology.entities, address => snapshot.entities.has(address))
  if (dangling.length > 0) throw new Error(`the expansion names what it does not make: ${dangling.join(', ')}`)
  const changes: Change[] = []
  const unchanged: Address[] = []
  const conflicts: Conflict[] = []
  for (const wanted of topology.entities) {
    const next = planEntity(wanted, snapshot, topology.stack)
    if (next === undefined) unchanged.push(addressOf(wanted))
    else if ('hint' in next) conflicts.push(next)
    else changes.push(next)
  }
  const { steps: enrollments, notices } = planEnrollments(inputs)
  return {
    stack: topology.stack,
    controller: snapshot.controller,
    steps: orderChanges(changes),
    enrollments,
    unchanged: unchanged.sort(),
    conflicts,
    notices: [...notices, ...findMissingRouterPolicies(inputs)],
    orphans: findOrphans(inputs),
    basis: basisOf(snapshot),
  }
}

/** Whether applying the plan would do anything. */
export function hasWork(plan: Plan): boolean {
  return plan.steps.length + plan.enrollments.length + plan.conflicts.length > 0
}

function planEntity(wanted: Wanted, snapshot: Snapshot, stack: string): Change | Conflict | undefined {
  const address = addressOf(wanted)
  const before = snapshot.entities.get(address)
  if (before === undefined) return { action: 'create', address, after: wanted }
  const conflict = findOwnershipConflict(before, stack)
  if (conflict !== undefined) return conflict
  const fields = compareFields(before, wanted)
  if (fields.length === 0) return undefined
  return findFixedFieldConflict(before, fields) ?? { action: 'update', address, before, after: wanted, fields }
}

/** Whether nothing joins identities, or services, to edge routers: a fresh production controller has no policy that does. */
export function lacksRouterPolicies({ routerPolicies }: Snapshot): boolean {
  return !routerPolicies.identities || !routerPolicies.services
}

function findMissingRouterPolicies({ topology, snapshot }: EnrollmentInputs): Conflict[] {
  const owned = topology.entities.some(({ kind }) => kind === 'edge-router-policy')
  if (owned || !lacksRouterPolicies(snapshot)) return []
  const missing = snapshot.routerPolicies.identities ? 'service-edge-router-policy' : 'edge-router-policy'
  return [
    {
      address: `${missing}/*`,
      reason: `this network has no ${missing}, so nothing can be dialled`,
      hint: 'let zprom create and own the two that it needs: --own-router-policies, or "overlay: {routerPolicies: own}" in the spec',
    },
  ]
}

function findOrphans({ topology, snapshot }: EnrollmentInputs): Address[] {
  const wanted = new Set(topology.entities.map(addressOf))
  return [...snapshot.entities.values()]
    .filter(entity => entity.owner?.stack === topology.stack && !wanted.has(addressOf(entity)))
    .map(addressOf)
    .sort()
}
