import { type Address, type Observed, sortedSet } from '../model/entity.js'
import type { AccessChange, EdgeRouter, Forecast, Permission } from '../model/forecast.js'
import type { Change, Plan } from '../model/plan.js'
import type { Snapshot } from '../model/snapshot.js'
import { type Access, createAccess } from './access.js'
import { compareText } from './order.js'
import { createRouterAccess, type Known, remember } from './router-access.js'

/** Whether a plan has a step that can give or take somebody's access. */
export function affectsAccess({ steps }: Pick<Plan, 'steps'>): boolean {
  return steps.some(({ change }) => kindOfChange(change) !== 'config')
}

/**
 * Who gains and who loses Dial or Bind to what when the steps of a plan are carried out, by the service policies and the
 * router policies of the graph now and then. Without `routers` everything counts as reachable. Pure.
 */
export function forecastAccess(
  { steps }: Pick<Plan, 'steps'>,
  { entities }: Pick<Snapshot, 'entities'>,
  routers: readonly EdgeRouter[] | undefined,
): Forecast {
  const after = carryOut(
    entities,
    steps.map(({ change }) => change),
  )
  const graphs = [graphOf(entities, routers), graphOf(after, routers)] as const
  const changes = mergeSame(classesOf(graphs).flatMap(compareClass)).sort(byImportance)
  const total = (which: AccessChange['change']) =>
    changes
      .filter(({ change }) => change === which)
      .reduce((sum, { identities, services }) => sum + identities.length * services.length, 0)
  return { changes, gained: total('gains'), lost: total('loses'), routersKnown: routers !== undefined }
}

// What is deleted is also gone from the roles that named it: nothing of that name is there any more.
function carryOut(entities: ReadonlyMap<Address, Observed>, changes: readonly Change[]): Map<Address, Known> {
  const planned = new Map<Address, Known>(entities)
  for (const change of changes) {
    if (change.action === 'delete') planned.delete(change.address)
    else planned.set(change.address, change.after)
  }
  return planned
}

function kindOfChange(change: Change) {
  return change.action === 'delete' ? change.before.kind : change.after.kind
}

type Graph = {
  readonly access: Access
  /** Which routers they may use, as a text that is the same for those that may use the same. */
  routersOf(identity: string): string
  reaches(routers: string, service: string): boolean
}

function graphOf(entities: ReadonlyMap<Address, Known>, routers: readonly EdgeRouter[] | undefined): Graph {
  const access = createAccess(entities.values())
  if (routers === undefined) return { access, routersOf: () => '', reaches: () => true }
  const routerAccess = createRouterAccess(entities, routers)
  const ofIdentity = remember(name => textOf(routerAccess.ofIdentity(name)))
  const ofService = remember(name => textOf(routerAccess.ofService(name)))
  const joined = new Map<string, boolean>()
  return {
    access,
    routersOf: ofIdentity,
    reaches(mine, service) {
      const theirs = ofService(service)
      const key = `${mine}/${theirs}`
      const known = joined.get(key) ?? haveCommon(mine, theirs)
      joined.set(key, known)
      return known
    },
  }
}

function textOf(routers: readonly EdgeRouter[]): string {
  return routers.map(({ id }) => id).join(' ')
}

function haveCommon(one: string, other: string): boolean {
  const ids = new Set(other.split(' '))
  return one !== '' && one.split(' ').some(id => ids.has(id))
}

type Side = { readonly graph: Graph; readonly services: ReadonlySet<string>; readonly routers: string }
type IdentityClass = {
  readonly permission: Permission
  readonly identities: string[]
  readonly before: Side
  readonly after: Side
}

// Identities of the same access before and after, together.
function classesOf([now, then]: readonly [Graph, Graph]): IdentityClass[] {
  const numbers = new Map<ReadonlySet<string>, number>()
  const numberOf = (set: ReadonlySet<string>) => {
    const number = numbers.get(set) ?? numbers.size
    numbers.set(set, number)
    return number
  }
  const classes = new Map<string, IdentityClass>()
  const side = (graph: Graph, identity: string, permission: Permission): Side => ({
    graph,
    services: graph.access.servicesOf(identity, permission),
    routers: graph.routersOf(identity),
  })
  for (const identity of sortedSet([...now.access.identities, ...then.access.identities])) {
    for (const permission of ['Dial', 'Bind'] as const) {
      const before = side(now, identity, permission)
      const after = side(then, identity, permission)
      const key = [permission, numberOf(before.services), before.routers, numberOf(after.services), after.routers]
      const found = classes.get(key.join('/'))
      if (found === undefined) classes.set(key.join('/'), { permission, identities: [identity], before, after })
      else found.identities.push(identity)
    }
  }
  return [...classes.values()]
}

type State = 'none' | 'granted' | 'reachable'
const rank = { none: 0, granted: 1, reachable: 2 } as const

function compareClass({ permission, identities, before, after }: IdentityClass): AccessChange[] {
  const found = new Map<string, { change: Omit<AccessChange, 'services'>; services: string[] }>()
  for (const service of sortedSet([...before.services, ...after.services])) {
    const [old, next] = [stateOf(before, service), stateOf(after, service)]
    if (old === next) continue
    const isGain = rank[next] > rank[old]
    const change = {
      change: isGain ? 'gains' : 'loses',
      permission,
      identities,
      by: old === 'none' || next === 'none' ? 'policy' : 'routers',
      reachable: (isGain ? next : old) === 'reachable',
    } as const
    const key = JSON.stringify([change.change, change.by, change.reachable])
    const same = found.get(key)
    if (same === undefined) found.set(key, { change, services: [service] })
    else same.services.push(service)
  }
  return [...found.values()].map(({ change, services }) => ({ ...change, services }))
}

function stateOf({ graph, services, routers }: Side, service: string): State {
  if (!services.has(service)) return 'none'
  return graph.reaches(routers, service) ? 'reachable' : 'granted'
}

// Identities of different classes can change in the same way.
function mergeSame(changes: readonly AccessChange[]): AccessChange[] {
  const merged = new Map<string, AccessChange>()
  for (const one of changes) {
    const { identities, ...rest } = one
    const key = JSON.stringify(rest)
    const same = merged.get(key)
    merged.set(key, same === undefined ? one : { ...one, identities: sortedSet([...same.identities, ...identities]) })
  }
  return [...merged.values()]
}

// What is taken away matters most; then by permission and name, so that the same inputs give the same bytes.
function byImportance(one: AccessChange, other: AccessChange): number {
  return compareText(keyOf(one), keyOf(other))
}

function keyOf({ change, permission, reachable, identities, services }: AccessChange): string {
  return [change === 'loses' ? 0 : 1, permission === 'Dial' ? 0 : 1, reachable, identities[0], services[0]].join(' ')
}
