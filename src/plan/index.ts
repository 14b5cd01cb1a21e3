import { isAdoptable } from '../model/conflict.js'
import { type Address, addressOf, type Observed, type Wanted } from '../model/entity.js'
import type { Adopt, Change, Conflict, Plan } from '../model/plan.js'
import type { Snapshot } from '../model/snapshot.js'
import type { Topology } from '../model/topology.js'
import { basisOf } from './basis.js'
import { compareFields } from './compare.js'
import { createMissingTest, findDrift, type MissingTest, renewMarks } from './drift.js'
import { type EnrollmentInputs, planEnrollments } from './enrollments.js'
import { findDangling, orderChanges } from './order.js'
import { findFixedFieldConflict, findOwnershipConflict } from './ownership.js'
import { findConfigsInUse, planPrune } from './prune.js'
import { makeScope, type Scope } from './target.js'

export { createAccess, isKind } from './access.js'
export { type EnrollmentInputs, isTheirs } from './enrollments.js'
export { affectsAccess, forecastAccess } from './forecast.js'
export { type Choices, formatPlanFile, parsePlanFile, type SavedPlan, whyStale } from './planfile.js'
export { createRouterAccess, type RouterAccess } from './router-access.js'
export { type Comparison, createComparison } from './settled.js'
export { makeScope } from './target.js'

/** Everything that must happen so that the controller has what the spec says. Pure: same inputs, same plan. */
export function makePlan(inputs: EnrollmentInputs): Plan {
  const { topology, snapshot } = inputs
  const changes: Change[] = []
  const kept = new Map<Address, Wanted>()
  const conflicts: Conflict[] = []
  const addresses = new Set<Address>()
  const isMissing = createMissingTest(topology, snapshot)
  const scope = makeScope(topology, inputs.target)
  for (const wanted of topology.entities) {
    const address = addressOf(wanted)
    addresses.add(address)
    if (!scope.has(address)) continue
    const next = inputs.settled?.has(wanted) ? undefined : planEntity(wanted, address, inputs, isMissing)
    if (next === undefined) kept.set(address, wanted)
    else if ('hint' in next) conflicts.push(next)
    else changes.push(next)
  }
  refuseDangling(changes, addresses, snapshot)
  const renewals = renewMarks(topology, kept, { isMarked: isMissing, changes, snapshot })
  for (const { address } of renewals) kept.delete(address)
  const orphans = findOrphans(inputs, addresses, scope)
  const pruned = planPrune(orphans, snapshot, inputs.prune)
  // What is nowhere has been deleted, by an earlier run perhaps: who prunes it has what was asked for.
  const isPruning = inputs.prune !== undefined
  const strangers = scope.strangers(orphans.flatMap(address => snapshot.entities.get(address) ?? []))
  const steps = orderChanges([...changes, ...renewals, ...pruned.deletes])
  const { steps: enrollments, notices } = planEnrollments({
    ...inputs,
    topology: {
      ...topology,
      enrollments: topology.enrollments.filter(({ identity }) => scope.has(`identity/${identity}`)),
    },
  })
  let basis: string | undefined
  return {
    stack: topology.stack,
    controller: snapshot.controller,
    ...(inputs.target !== undefined && { target: [...inputs.target].sort() }),
    steps,
    enrollments: enrollments.sort(byAddress),
    unchanged: [...kept.keys()].sort(),
    conflicts: [
      ...conflicts,
      ...pruned.conflicts,
      ...findConfigsInUse(pruned.deletes, changes, snapshot),
      ...(isPruning ? [] : strangers),
      ...findUnwanted(inputs.adopt, topology),
    ].sort(byAddress),
    notices: [
      ...[...notices, ...pruned.notices, ...(isPruning ? strangers : [])].sort(byAddress),
      ...findMissingRouterPolicies(inputs),
    ],
    orphans: pruned.kept,
    drift: findDrift(
      steps.map(({ change }) => change),
      orphans,
      snapshot,
    ),
    // Of a large network it takes a while, and only what is saved or shown as JSON has it.
    get basis() {
      basis ??= basisOf(snapshot, inputs.held)
      return basis
    },
  }
}

// A mistake in the expansion. What is unchanged names what is there.
function refuseDangling(changes: readonly Change[], wanted: ReadonlySet<Address>, { entities }: Snapshot): void {
  const made = changes.flatMap(change => (change.action === 'delete' ? [] : [change.after]))
  const dangling = findDangling(made, address => wanted.has(address) || entities.has(address))
  if (dangling.length > 0) throw new Error(`the expansion names what it does not make: ${dangling.join(', ')}`)
}

/** Whether applying the plan would do anything. */
export function hasWork(plan: Plan): boolean {
  return plan.steps.length + plan.enrollments.length + plan.conflicts.length > 0
}

// The order of the items in a spec must not show in its plan.
function byAddress(one: { readonly address: Address }, other: { readonly address: Address }): number {
  return one.address < other.address ? -1 : one.address > other.address ? 1 : 0
}

function planEntity(
  wanted: Wanted,
  address: Address,
  { topology, snapshot, adopt, adoptWith }: EnrollmentInputs,
  isMissing: MissingTest,
): Change | Conflict | undefined {
  const before = snapshot.entities.get(address)
  if (before === undefined)
    return { action: 'create', address, after: wanted, ...(isMissing(wanted) && { missing: true as const }) }
  if (wanted.onlyIfMissing === true && before.owner?.stack !== topology.stack) return undefined
  const conflict = findOwnershipConflict(before, {
    enrollments: snapshot.enrollments,
    stack: topology.stack,
    origin: wanted.origin,
    adoptWith,
  })
  if (conflict !== undefined && !(isAdoptable(conflict) && isAdopted(before, wanted, adopt))) return conflict
  const fields = compareFields(before, wanted)
  if (fields.length === 0) return undefined
  return findFixedFieldConflict(before, fields) ?? { action: 'update', address, before, after: wanted, fields }
}

// What is adopted is then what the spec says: of what it says nothing of there is nothing to adopt.
function findUnwanted(adopt: Adopt | undefined, { entities }: Topology): Conflict[] {
  if (adopt === undefined || adopt === 'all') return []
  const wanted = new Set<string>(entities.flatMap(one => [addressOf(one), one.origin]))
  return [...adopt]
    .filter(word => !wanted.has(word))
    .map(word => ({
      // An item has the place of an address; any other word is refused where it was typed.
      address: word as Address,
      reason: 'the spec asks for no such entity, so there is nothing to adopt',
      hint: 'see what it asks for with: zprom plan; "zprom import" writes a spec for what was made by hand',
    }))
}

// Only what nobody's tag is on: another stack gives up nothing by being asked from here.
function isAdopted({ owner }: Observed, wanted: Wanted, adopt: Adopt | undefined): boolean {
  if (owner !== undefined || adopt === undefined) return false
  return adopt === 'all' || adopt.has(addressOf(wanted)) || adopt.has(wanted.origin)
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
      hint: 'let zprom create and own the two that it needs: zprom apply --own-router-policies, or "overlay: {routerPolicies: own}" in the spec',
    },
  ]
}

function findOrphans({ topology, snapshot }: EnrollmentInputs, wanted: ReadonlySet<Address>, scope: Scope): Address[] {
  const orphans: Address[] = []
  for (const [address, { owner }] of snapshot.entities)
    if (owner?.stack === topology.stack && !wanted.has(address) && scope.names(address, owner.origin))
      orphans.push(address)
  return orphans.sort()
}
