import assert from 'node:assert/strict'
import fc from 'fast-check'
import { fetchRouters } from '../../src/controller/index.js'
import { asRaw, kindOf, type Raw, text } from '../../src/kinds/index.js'
import { createRouterAccess } from '../../src/plan/index.js'
import { canStartOverlays, freshOverlay, type TestOverlay } from '../support/overlay.js'
import { requires } from '../support/requires.js'
import { newWorld, type World } from '../support/world.js'

type Named = { readonly id: string; readonly name: string }
type Policy = {
  readonly kind: 'edge-router-policy' | 'service-edge-router-policy'
  readonly semantic: 'AnyOf' | 'AllOf'
  readonly routers: readonly string[]
  readonly members: readonly string[]
}

// Which routers a policy gives is worked out by zprom itself; this holds it against the controller's own advice.
describe('the routers that an identity and a service have in common', () => {
  let overlay: TestOverlay | undefined
  let world: World
  let routers: Named[]
  let identities: Named[]
  let services: Named[]
  const attributes = ['a', 'b', 'c'] as const
  // Every subset that tells the semantics apart.
  const sets: string[][] = [[], ['a'], ['a', 'b'], ['a', 'b', 'c']]

  before(async function () {
    this.timeout(150_000)
    requires(this, canStartOverlays(), 'needs a controller of its own')
    overlay = await freshOverlay({ noRouter: true })
    world = await newWorld(overlay)
    for (const path of ['/edge-router-policies', '/service-edge-router-policies']) {
      for (const row of await world.admin.list(path)) await world.admin.remove(path, text(asRaw(row, path), 'id', path))
    }
    // A router that is also a tunneler brings an identity and a policy of the system along.
    routers = await make('/edge-routers', set => ({ isTunnelerEnabled: set.length === 1 }))
    identities = await make('/identities', () => ({ type: 'Device', isAdmin: false }))
    services = await make('/services', () => ({ encryptionRequired: true }))
  })
  after(async () => {
    for (const { id } of routers ?? []) await world.admin.remove('/edge-routers', id)
    await world?.end()
    await overlay?.stop()
  })

  function make(path: string, more: (set: readonly string[]) => Raw): Promise<Named[]> {
    return Promise.all(
      sets.map(async (roleAttributes, at) => {
        const name = `${world.word}${path.replace('/', '.')}.${at}`
        return { ...(await world.admin.create(path, { name, roleAttributes, ...more(roleAttributes) })), name }
      }),
    )
  }

  // `@0` stands for the id of the entity with that number: the controller gives the ids.
  const roles = fc.oneof(
    fc.constant(['#all']),
    fc.uniqueArray(fc.constantFrom(...attributes.map(name => `#${name}`), '@0', '@1', '@3'), { maxLength: 3 }),
  )
  const policies = fc.array(
    fc.record<Policy>({
      kind: fc.constantFrom('edge-router-policy', 'service-edge-router-policy'),
      semantic: fc.constantFrom('AnyOf', 'AllOf'),
      routers: roles,
      members: roles,
    }),
    { maxLength: 5 },
  )

  const withIds = (wanted: readonly string[], among: readonly Named[]) =>
    wanted.map(role => (role.startsWith('@') ? `@${among[Number(role.slice(1))]?.id}` : role))

  async function create(policy: Policy, at: number): Promise<[path: string, id: string]> {
    const { path } = kindOf(policy.kind)
    const members =
      policy.kind === 'edge-router-policy'
        ? { identityRoles: withIds(policy.members, identities) }
        : { serviceRoles: withIds(policy.members, services) }
    const body = { name: `${world.word}.${at}`, semantic: policy.semantic, ...members }
    const { id } = await world.admin.create(path, { ...body, edgeRouterRoles: withIds(policy.routers, routers) })
    return [path, id]
  }

  async function advise(identity: Named, service: Named): Promise<string[]> {
    const advice = asRaw(await world.admin.get(`/identities/${identity.id}/policy-advice/${service.id}`), 'advice')
    const common = Array.isArray(advice.commonRouters) ? advice.commonRouters : []
    return common.map(one => text(asRaw(one, 'router'), 'name', 'router')).sort()
  }

  async function assertAgrees(): Promise<void> {
    const access = createRouterAccess((await world.observe()).entities, await fetchRouters(world.admin))
    const pairs = identities.flatMap(identity => services.map(service => ({ identity, service })))
    const [ours, theirs] = await Promise.all([
      pairs.map(({ identity, service }) =>
        access
          .common(identity.name, service.name)
          .map(({ name }) => name)
          .sort(),
      ),
      Promise.all(pairs.map(({ identity, service }) => advise(identity, service))),
    ])
    assert.deepEqual(ours, theirs)
  }

  it("are those of the controller's own policy advice, whatever the policies", async function () {
    this.timeout(120_000)
    let seen = 0
    const property = fc.asyncProperty(policies, async wanted => {
      const made = await Promise.all(wanted.map(create))
      try {
        await assertAgrees()
        const access = createRouterAccess((await world.observe()).entities, await fetchRouters(world.admin))
        for (const { name } of identities)
          seen += services.filter(one => access.common(name, one.name).length > 0).length
      } finally {
        for (const [path, id] of made) await world.admin.remove(path, id)
      }
    })
    await fc.assert(property, { numRuns: 25, endOnFailure: false })
    assert.ok(seen > 20, 'the policies joined next to nothing: this proved little')
  })

  for (const semantic of ['AnyOf', 'AllOf'] as const) {
    it(`are the same for ${semantic} of a name and attributes, of attributes alone, of all and of nothing`, async () => {
      for (const members of [['@0', '#b'], ['#a', '#b'], ['#all'], [], ['@0', '@3', '#a', '#c']]) {
        const made = [
          await create({ kind: 'edge-router-policy', semantic, routers: ['#all'], members }, 1),
          await create({ kind: 'service-edge-router-policy', semantic, routers: members, members: ['#all'] }, 2),
        ]
        await assertAgrees()
        for (const [path, id] of made) await world.admin.remove(path, id)
      }
    })
  }
})
