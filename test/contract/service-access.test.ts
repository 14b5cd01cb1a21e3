import assert from 'node:assert/strict'
import { join } from 'node:path'
import fc from 'fast-check'
import { fetchServicesAs, fetchServicesOf } from '../../src/controller/index.js'
import { identity, intercept, service } from '../../src/expand/fields.js'
import type { CheckResult, VisibleService } from '../../src/model/check.js'
import { type Entity, sortedSet } from '../../src/model/entity.js'
import type { Topology } from '../../src/model/topology.js'
import type { SpecInput } from '../../src/spec/schema.js'
import { expectAccess } from '../../src/verify/index.js'
import { startProxy } from '../support/proxy.js'
import { requires } from '../support/requires.js'
import { newWorld, type World } from '../support/world.js'
import { assertEmpty, failureOf, stepsOf } from '../support/world-checks.js'
import { readIdentity } from './enroll-world.js'
import { topologyOf } from './kinds-samples.js'

type Policy = {
  readonly type: 'Dial' | 'Bind'
  readonly semantic: 'AnyOf' | 'AllOf'
  readonly identities: readonly string[]
  readonly services: readonly string[]
}

describe('the services that an identity sees', () => {
  let world: World
  beforeEach(async () => {
    world = await newWorld()
  })
  afterEach(() => world?.end())

  // By what the controller has counted: an administrator's view looks at the policies.
  async function fetchOwn(name: string, path: string): Promise<VisibleService[]> {
    const { controller: url, keyPem: key, certPems, caPems } = await readIdentity(join(world.outDir, path))
    const credentials = { name, url, key, cert: certPems.join(''), ca: caPems.join('') }
    return fetchServicesAs(credentials, { timeoutMs: 10_000, now: Date.now })
  }

  // That the developer does not see the workload (any more).
  async function assertLost({ enrollments }: Topology): Promise<void> {
    const name = `dev.${world.word}`
    const seen = await fetchOwn(name, enrollments.find(({ identity }) => identity === name)?.path ?? '')
    assert.ok(!seen.some(({ service }) => service === `${world.word}.reflect.svc`), 'it kept what was taken')
  }

  // What zprom expects, what the controller tells the identity itself, and what it tells an administrator: all the same.
  async function assertAgrees(topology: Topology): Promise<number> {
    const snapshot = await world.observe()
    const expected = expectAccess(topology)
    let granted = 0
    for (const { identity: name, by, path } of topology.enrollments) {
      const wanted = expected.get(name) ?? []
      granted += wanted.length
      assert.deepEqual(await fetchServicesOf(world.admin, snapshot, name), wanted, `${name} by the administrator`)
      if (by !== 'file') continue
      assert.deepEqual(await fetchOwn(name, path), wanted, `${name} itself`)
    }
    return granted
  }

  it('are those of the article: the same by its policies, by itself and by an administrator', async () => {
    const topology = world.topologyOf({
      clusters: [
        { name: `${world.word}A`, prometheus: 'tunneled' },
        { name: `${world.word}B`, prometheus: 'dark' },
      ],
      developers: [{ name: `dev.${world.word}`, enroll: true }],
    })
    await world.converge(topology)
    const granted = await assertAgrees(topology)
    assert.ok(granted > 10, `${granted} services`)
    assert.equal(expectAccess(topology).get(`dev.${world.word}`)?.length, 6)
  })

  it('follow any mix of policies: of names and attributes, any or all of them', async function () {
    this.timeout(120_000)
    const { word } = world
    const attribute = (name: string) => `${word}.${name}`
    // The last two of each have no attribute, or all of them.
    const sets = [['a'], ['a', 'b'], [], ['a', 'b', 'c']].map(set => set.map(attribute))
    const identities = sets.map((set, at) => identity(`${word}.id${at}`, set))
    const configs = sets.slice(0, 2).map((_, at) => intercept(`${word}.intercept${at}`, `${word}.${at}.ziti`))
    const services = sets.map((set, at) =>
      service(
        `${word}.svc${at}`,
        configs.slice(at, at + 1).map(({ name }) => name),
        set,
      ),
    )
    const enrollments = identities.map(({ name }) => ({
      identity: name,
      origin: 'cluster/sample',
      by: 'file' as const,
      path: `${name}.json`,
    }))

    const rolesOf = (names: readonly string[]) =>
      fc.uniqueArray(
        fc.constantFrom(...['a', 'b', 'c'].map(name => `#${attribute(name)}`), ...names.map(name => `@${name}`)),
        {
          maxLength: 3,
        },
      )
    const policies = fc.array(
      fc.record<Policy>({
        type: fc.constantFrom('Dial', 'Bind'),
        semantic: fc.constantFrom('AnyOf', 'AllOf'),
        identities: fc.oneof(fc.constant(['#all']), rolesOf(identities.map(({ name }) => name))),
        services: rolesOf(services.map(({ name }) => name)),
      }),
      { minLength: 1, maxLength: 4 },
    )
    // The number of policies changes from run to run; those that are over are wanted no more and must not count. The others are
    // changed to what is wanted next: their types, their lists and how these are meant.
    const removePolicies = async (from: number) => {
      const names = Array.from({ length: 4 - from }, (_, at) => `${word}.policy${from + at}`)
      const rows = await world.admin.listByName('/service-policies', names)
      await Promise.all(rows.map(row => world.admin.remove('/service-policies', String((row as { id: string }).id))))
    }
    let granted = 0
    const property = fc.asyncProperty(policies, async wanted => {
      await removePolicies(wanted.length)
      const entities: Entity[] = wanted.map((policy, at) => ({
        kind: 'service-policy',
        name: `${word}.policy${at}`,
        fields: {
          type: policy.type,
          semantic: policy.semantic,
          identityRoles: sortedSet(policy.identities),
          serviceRoles: sortedSet(policy.services),
          postureCheckRoles: [],
        },
      }))
      const topology = { ...topologyOf(word, [...identities, ...configs, ...services, ...entities]), enrollments }
      await world.converge(topology)
      assertEmpty((await world.preview(topology)).plan)
      granted += await assertAgrees(topology)
    })
    await fc.assert(property, { numRuns: 15, endOnFailure: true })
    assert.ok(granted > 20, 'the policies granted next to nothing: this proved little')
  })

  for (const [what, change] of Object.entries<Record<string, unknown>>({
    type: { type: 'Bind' },
    'type and services': { type: 'Bind', serviceRoles: ['#all'] },
    'type and identities': { type: 'Bind', identityRoles: ['#all'] },
    'way to read its lists': { semantic: 'AllOf' },
  })) {
    it(`are those of the spec again once a policy has back its ${what}, which somebody changed`, async () => {
      const topology = world.topologyOf({
        clusters: [{ name: world.word, prometheus: 'dark' }],
        developers: [{ name: `dev.${world.word}`, enroll: true }],
      })
      await world.converge(topology)
      const name = `${world.word}.reflect.svc.dial`
      await world.change('service-policy', name, change)
      if ('serviceRoles' in change) {
        const results = await world.verify(topology).catch(error => error.results as CheckResult[])
        const { hint } = results.find(({ id }) => id === `services/dev.${world.word}`) ?? {}
        assert.match(hint ?? '', new RegExp(`service-policy/${name}: ours; it or what it joins was changed`))
      }
      await world.converge(topology)
      await assertAgrees(topology)
      // Nothing is counted twice, either: what the policy gave ends with it. But for lists that somebody changed together with
      // the type, which controllers before 1.1.12 have counted wrongly then.
      if (world.overlay.line === '0.28' && 'type' in change && Object.keys(change).length > 1) return
      await world.change('service-policy', name, { serviceRoles: [] })
      await assertLost(topology)
    })
  }

  it('are those of the spec where somebody changed a type, and the spec the lists, and nobody else keeps any', async () => {
    const spec = (clients: string): SpecInput => ({
      clusters: [{ name: world.word, prometheus: 'dark', workloads: [{ name: 'reflect', clients }] }],
      developers: [{ name: `dev.${world.word}`, enroll: true }],
    })
    await world.converge(spec(`${world.word}.old`))
    const name = `${world.word}.reflect.svc.dial`
    await world.change('service-policy', name, { type: 'Bind' })
    const after = world.topologyOf(spec(`${world.word}.new`))
    await world.converge(after)
    await assertAgrees(after)
    await world.change('identity', `dev.${world.word}`, { roleAttributes: [`${world.word}.old`] })
    await assertLost(after)
  })

  it('end with a policy that is deleted, be its type what somebody made it', async () => {
    const topology = world.topologyOf({
      clusters: [{ name: world.word, prometheus: 'dark' }],
      developers: [{ name: `dev.${world.word}`, enroll: true }],
    })
    await world.converge(topology)
    const address = `service-policy/${world.word}.reflect.svc.dial` as const
    await world.change('service-policy', `${world.word}.reflect.svc.dial`, { type: 'Bind' })
    const none = { ...topology, entities: [], enrollments: [] }
    await world.converge(none, { prune: { enrolledToo: false, only: new Set([address]) } })
    await assertLost(topology)
  })

  it('are none by a policy that somebody else deletes in the moment in which zprom does, whatever its type', async () => {
    const topology = world.topologyOf({ clusters: [{ name: world.word, prometheus: 'dark' }] })
    await world.converge(topology)
    const name = `${world.word}.reflect.svc.dial`
    await world.change('service-policy', name, { type: 'Bind' })
    const there = await world.find('service-policy', name)
    assert.ok(there !== undefined)
    const proxy = await startProxy(world.overlay)
    try {
      proxy.on('PATCH', `/service-policies/${there.id}`, async () => {
        await world.admin.remove('/service-policies', there.id)
        return 'pass'
      })
      const only = new Set([`service-policy/${name}` as const])
      const none = { ...topology, entities: [], enrollments: [] }
      const { report } = await world.converge(none, { prune: { enrolledToo: false, only }, through: proxy })
      assert.deepEqual(
        report.outcomes.map(({ action, result }) => [action, result]),
        [['delete', 'done']],
      )
      assert.equal(proxy.count('PATCH', `/service-policies/${there.id}`), 1)
    } finally {
      await proxy.close()
    }
  })

  it('are none by a policy whose change broke off, which is said; the next run goes on, without adopting again', async () => {
    const topology = world.topologyOf({ clusters: [{ name: world.word, prometheus: 'dark' }] })
    await world.converge(topology)
    const name = `${world.word}.reflect.svc.dial`
    const made = await world.find('service-policy', name)
    assert.ok(made !== undefined)
    await world.change('service-policy', name, { semantic: 'AllOf', tags: { team: 'network' } })
    const proxy = await startProxy(world.overlay)
    try {
      let seen = 0
      proxy.on(
        'PATCH',
        `/service-policies/${made.id}`,
        async () => {
          seen += 1
          return seen >= 2 ? { status: 500 } : 'pass'
        },
        20,
      )
      const failure = await failureOf(world.converge(topology, { adopt: 'all', through: proxy }))
      assert.match(String(failure.message), /1 of 1 step failed/)
    } finally {
      await proxy.close()
    }
    assert.deepEqual(asTexts((await world.find('service-policy', name))?.serviceRoles), [])
    const { plan } = await world.converge(topology)
    assert.deepEqual(stepsOf(plan), [`update service-policy/${name}`])
    assert.deepEqual(plan.drift.changed, [])
    assert.equal(asTexts((await world.find('service-policy', name))?.serviceRoles).length, 1)
    assertEmpty((await world.preview(topology)).plan)
  })

  for (const [what, there] of Object.entries<Record<string, unknown>>({
    'another type': { type: 'Bind', semantic: 'AnyOf' },
    'lists that mean something else': { type: 'Dial', semantic: 'AllOf' },
    both: { type: 'Bind', semantic: 'AllOf' },
  })) {
    it(`are those of the spec once a policy is taken over that was made by hand with ${what}`, async () => {
      const topology = world.topologyOf({
        clusters: [{ name: world.word, prometheus: 'dark' }],
        developers: [{ name: `dev.${world.word}`, enroll: true }],
      })
      await world.converge(topology)
      const name = `${world.word}.reflect.svc.dial`
      const made = await world.find('service-policy', name)
      assert.ok(made !== undefined)
      await world.admin.remove('/service-policies', made.id)
      const { serviceRoles, identityRoles } = made
      const roles = { serviceRoles, identityRoles: [...asTexts(identityRoles), `#${world.word}.nobody`] }
      await world.admin.create('/service-policies', { name, ...roles, ...there })
      await world.converge(topology, { adopt: 'all' })
      await assertAgrees(topology)
    })
  }

  it('are miscounted before 1.1.12 when another tool changes a type and its lists: verify says so, and how to mend it', async function () {
    requires(this, world.overlay.line === '0.28', 'later controllers count right')
    const topology = world.topologyOf({
      clusters: [{ name: world.word, prometheus: 'dark' }],
      developers: [{ name: `dev.${world.word}`, enroll: true }],
    })
    await world.converge(topology)
    const name = `${world.word}.reflect.svc.dial`
    const serviceRoles = (await world.find('service-policy', name))?.serviceRoles
    await world.change('service-policy', name, { type: 'Bind', serviceRoles: ['#all'] })
    await world.change('service-policy', name, { type: 'Dial', serviceRoles })
    assertEmpty((await world.preview(topology)).plan)
    const failure = await world.verify(topology).catch(error => error)
    const { detail, hint } = failure.results.find(({ id }: CheckResult) => id === `services/dev.${world.word}`)
    assert.match(detail, /different: \S+\.prometheus\.svc has permissions Bind instead of Dial/)
    const [, addresses = ''] = /has miscounted .*: zprom destroy (.*); then zprom apply/.exec(hint) ?? []
    assert.match(addresses, new RegExp(`^(service/${world.word}\\S+ ?)+$`))
    for (const address of addresses.split(' ')) {
      const service = await world.find('service', address.slice('service/'.length))
      await world.admin.remove('/services', String(service?.id))
    }
    await world.converge(topology)
    await assertAgrees(topology)
  })

  it('beyond the spec are a finding of the verification, and so are the ones that are missing', async () => {
    const name = `dev.${world.word}`
    const spec = { clusters: [{ name: world.word, prometheus: 'dark' as const }], developers: [{ name, enroll: true }] }
    await world.converge(spec)
    const resultOf = async () => {
      const results = await world.verify(spec).catch(error => error.results)
      return results.find(({ id }: { id: string }) => id === `services/${name}`)
    }
    assert.equal((await resultOf()).result, 'pass')
    await world.admin.create('/services', {
      name: `${world.word}.theirs`,
      encryptionRequired: true,
      roleAttributes: [world.word],
    })
    const id = (await world.find('identity', name))?.id
    const grant = { type: 'Dial', semantic: 'AnyOf', serviceRoles: [`#${world.word}`], identityRoles: [`@${id}`] }
    await world.admin.create('/service-policies', { name: `${world.word}.theirs`, ...grant })
    const extra = await resultOf()
    assert.equal(extra.result, 'fail')
    assert.match(extra.detail, new RegExp(`beyond the spec: ${world.word}.theirs \\(not made by zprom\\)`))
    await world.change('service-policy', `${world.word}.theirs`, { serviceRoles: [] })
    await world.change('identity', name, { roleAttributes: [] })
    assert.match((await resultOf()).detail, /^missing: .*prometheus\.svc/)
  })
})

function asTexts(list: unknown): string[] {
  return Array.isArray(list) ? list.map(String) : []
}
