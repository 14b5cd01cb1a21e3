import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import fc from 'fast-check'
import { asRaw, kindOf, type Raw, text } from '../../src/kinds/index.js'
import { type Entity, sortedSet } from '../../src/model/entity.js'
import type { Forecast } from '../../src/model/forecast.js'
import { canStartOverlays, freshOverlay, type TestOverlay } from '../support/overlay.js'
import { requires } from '../support/requires.js'
import { newWorld, type World } from '../support/world.js'
import { topologyOf } from './kinds-samples.js'

type Kind = 'service-policy' | 'edge-router-policy' | 'service-edge-router-policy'
type Policy = {
  readonly kind: Kind
  readonly type: 'Dial' | 'Bind'
  readonly semantic: 'AnyOf' | 'AllOf'
  readonly one: readonly string[]
  readonly other: readonly string[]
}
type Graph = {
  /** Role attributes by number; undefined: there is none of that number. */
  readonly identities: readonly (readonly string[] | undefined)[]
  readonly services: readonly (readonly string[] | undefined)[]
  readonly policies: readonly Policy[]
}

const seed = Number(process.env.ZPROM_TEST_SEED ?? randomInt(2 ** 31))

// What the plan says of everybody's access is worked out by zprom; the controller's own advice is asked before and after.
describe('the forecast of a plan', () => {
  let overlay: TestOverlay | undefined
  let world: World

  before(async function () {
    this.timeout(150_000)
    requires(this, canStartOverlays(), 'needs a controller of its own')
    overlay = await freshOverlay({ noRouter: true })
    world = await newWorld(overlay)
    for (const path of ['/edge-router-policies', '/service-edge-router-policies'])
      for (const row of await world.admin.list(path)) await world.admin.remove(path, text(asRaw(row, path), 'id', path))
    const attributes = [[], ['a'], ['a', 'b']]
    for (const [at, roleAttributes] of attributes.entries())
      await world.admin.create('/edge-routers', { name: `${world.word}.router${at}`, roleAttributes })
  })
  after(async () => {
    await world?.end()
    await overlay?.stop()
  })

  const attributes = fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 })
  const members = fc.array(fc.option(attributes, { nil: undefined, freq: 5 }), { minLength: 4, maxLength: 4 })
  const roles = fc.oneof(
    { weight: 1, arbitrary: fc.constant(['#all']) },
    { weight: 4, arbitrary: fc.uniqueArray(fc.constantFrom('#a', '#b', '#c', '@0', '@1', '@3'), { maxLength: 3 }) },
  )
  const policy = fc.record<Policy>({
    kind: fc.constantFrom('service-policy', 'service-policy', 'edge-router-policy', 'service-edge-router-policy'),
    type: fc.constantFrom('Dial', 'Bind'),
    semantic: fc.constantFrom('AnyOf', 'AllOf'),
    one: roles,
    other: roles,
  })
  const graphs = fc.record<Graph>({
    identities: members,
    services: members,
    policies: fc.array(policy, { minLength: 2, maxLength: 8 }),
  })

  const nameOf = (what: string, at: number | string) => `${world.word}.${what}${at}`

  function entitiesOf({ identities, services, policies }: Graph): Entity[] {
    const named = (list: Graph['services'], what: string, wanted: readonly string[]) =>
      sortedSet(
        wanted.flatMap(role => {
          if (!role.startsWith('@')) return [role]
          return list[Number(role.slice(1))] === undefined ? [] : [`@${nameOf(what, role.slice(1))}`]
        }),
      )
    // A role by name is for routers that zprom makes, and it makes none.
    const toRouters = (wanted: readonly string[]) => sortedSet(wanted.filter(role => role.startsWith('#')))
    return [
      ...identities.flatMap((set, at): Entity[] => {
        const fields = { isAdmin: false, roleAttributes: sortedSet(set ?? []) }
        return set === undefined ? [] : [{ kind: 'identity', name: nameOf('id', at), fields }]
      }),
      ...services.flatMap((set, at): Entity[] => {
        const fields = { configs: [], encryptionRequired: true, roleAttributes: sortedSet(set ?? []) }
        return set === undefined ? [] : [{ kind: 'service', name: nameOf('svc', at), fields }]
      }),
      ...policies.map(({ kind, type, semantic, one, other }, at): Entity => {
        const identityRoles = named(identities, 'id', one)
        const serviceRoles = named(services, 'svc', kind === 'service-policy' ? other : one)
        const edgeRouterRoles = toRouters(other)
        const name = nameOf('policy', at)
        if (kind === 'service-policy')
          return { kind, name, fields: { type, semantic, identityRoles, serviceRoles, postureCheckRoles: [] } }
        return kind === 'edge-router-policy'
          ? { kind, name, fields: { semantic, identityRoles, edgeRouterRoles } }
          : { kind, name, fields: { semantic, serviceRoles, edgeRouterRoles } }
      }),
    ]
  }

  type States = Map<string, 'granted' | 'reachable'>

  // Everybody's access as the controller has it, strangers' included.
  async function ask(): Promise<States> {
    const rows = async (path: string) => (await world.admin.list(path)).map(row => asRaw(row, path))
    const [identities, services] = [await rows('/identities'), await rows('/services')]
    const states: States = new Map()
    const pairs = identities.flatMap(identity => services.map(service => ({ identity, service })))
    await Promise.all(
      pairs.map(async ({ identity, service }) => {
        const path = `/identities/${identity.id}/policy-advice/${service.id}`
        const advice = asRaw(await world.admin.get(path), 'advice')
        const state = Array.isArray(advice.commonRouters) && advice.commonRouters.length > 0 ? 'reachable' : 'granted'
        if (advice.isDialAllowed === true) states.set(`${identity.name} Dial ${service.name}`, state)
        if (advice.isBindAllowed === true) states.set(`${identity.name} Bind ${service.name}`, state)
      }),
    )
    return states
  }

  function differences(before: States, after: States): string[] {
    return [...new Set([...before.keys(), ...after.keys()])].flatMap(pair => {
      const [old, next] = [before.get(pair), after.get(pair)]
      if (old === next) return []
      const isGain = old === undefined || (old === 'granted' && next === 'reachable')
      const by = old === undefined || next === undefined ? 'policy' : 'routers'
      return [`${isGain ? 'gains' : 'loses'} ${pair} by ${by}, ${isGain ? next : old}`]
    })
  }

  function pairsOf(forecast: Forecast | undefined): string[] {
    return (forecast?.changes ?? []).flatMap(({ change, permission, identities, services, by, reachable }) =>
      identities.flatMap(identity =>
        services.map(
          service => `${change} ${identity} ${permission} ${service} by ${by}, ${reachable ? 'reachable' : 'granted'}`,
        ),
      ),
    )
  }

  // One policy of each kind that somebody else made, which names things by their ids.
  async function makeTheirs(): Promise<void> {
    const [router] = (await world.admin.listByName('/edge-routers', [nameOf('router', 0)])).map(row => asRaw(row, 'r'))
    const make = (kind: Kind, body: Raw) =>
      world.admin.create(kindOf(kind).path, { name: nameOf('theirs', kind), semantic: 'AnyOf', ...body })
    const toRouter = { edgeRouterRoles: [`@${router?.id}`] }
    await make('service-policy', { type: 'Dial', identityRoles: ['#c'], serviceRoles: ['#c'] })
    await make('edge-router-policy', { ...toRouter, identityRoles: ['#b'] })
    await make('service-edge-router-policy', { ...toRouter, serviceRoles: ['#b', '#c'] })
  }

  it(`is what the controller answers before and after, on random graphs (seed ${seed})`, async function () {
    this.timeout(300_000)
    await makeTheirs()
    let before = await ask()
    const seen = { gains: 0, loses: 0, routers: 0, unreachable: 0 }
    let last: Graph = { identities: [], services: [], policies: [] }
    // Half of the time the router policies alone change, or what they open and close would hardly ever show.
    const property = fc.asyncProperty(graphs, fc.boolean(), async (next, isRouterChange) => {
      const isRouters = ({ kind }: Policy) => kind !== 'service-policy'
      const granting = last.policies.filter(one => !isRouters(one))
      const graph = isRouterChange ? { ...last, policies: [...granting, ...next.policies.filter(isRouters)] } : next
      last = graph
      const topology = topologyOf(world.word, entitiesOf(graph))
      const { plan } = await world.converge(topology, { prune: { enrolledToo: true } })
      const after = await ask()
      const told = pairsOf(plan.forecast)
      assert.deepEqual(told.toSorted(), differences(before, after).sort())
      assert.equal(told.length, (plan.forecast?.gained ?? 0) + (plan.forecast?.lost ?? 0))
      before = after
      for (const line of told) {
        seen[line.startsWith('gains') ? 'gains' : 'loses'] += 1
        if (line.includes('by routers')) seen.routers += 1
        if (line.endsWith('granted')) seen.unreachable += 1
      }
    })
    await fc.assert(property, { numRuns: 40, seed, endOnFailure: true })
    for (const [what, count] of Object.entries(seen)) assert.ok(count > 1, `${what}: ${count} proves little`)
  })
})
