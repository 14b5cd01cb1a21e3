import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expandSpec } from '../../src/expand/index.js'
import { prometheusServiceName } from '../../src/expand/prometheus-tunneled.js'
import { addressOf, type Entity, sortedSet, type Wanted } from '../../src/model/entity.js'
import { articleSpec, specArbitrary, specOf } from '../support/spec-builder.js'

type Reference = { part: string; kind: string; name: string; enrolledBy?: string; [field: string]: unknown }

// The article without the local Prometheus, which it adds at its end.
const whole = readReference()
const reference = whole.filter(entity => !entity.part.startsWith('local'))

describe('expandSpec', () => {
  const topology = expandSpec(specOf(articleSpec))

  it('makes of the article what the article makes by hand, name for name and field for field', () => {
    const expected = new Map(reference.map(entity => [`${entity.kind}/${entity.name}`, fieldsOf(entity)]))
    const actual = new Map(topology.entities.map(entity => [addressOf(entity), entity.fields]))
    assert.deepEqual(sortedSet([...actual.keys()]), sortedSet([...expected.keys()]))
    for (const [address, fields] of actual) assert.deepEqual(fields, expected.get(address), address)
  })

  it('makes 16 entities of a tunneled cluster, 14 of a dark one and 1 of a developer', () => {
    const count = (origin: string) => topology.entities.filter(entity => entity.origin === origin).length
    assert.deepEqual([count('cluster/kubeA'), count('cluster/kubeB'), count('developer/dev.client')], [16, 14, 1])
    assert.equal(topology.entities.length, 31)
  })

  it('enrolls what the article has the operator enroll, and keeps the tokens of the others', () => {
    const expected = reference
      .filter(entity => entity.kind === 'identity')
      .map(({ name, enrolledBy }) => [name, enrolledBy])
    const actual = topology.enrollments.map(({ identity, by }) => [identity, by])
    assert.deepEqual(
      new Map(actual.map(([name, by]) => [name, by === 'file'])),
      new Map(expected.map(([name, by]) => [name, by === 'operator'])),
    )
  })

  it('puts identity files and tokens into the folder of their cluster, and of developers', () => {
    assert.deepEqual(sortedSet(topology.enrollments.map(({ path }) => path)), [
      'developers/dev.client.jwt',
      'kubeA/kubeA.prometheus.id.json',
      'kubeA/kubeA.reflect.id.json',
      'kubeA/kubeA.ziti.id.jwt',
      'kubeB/kubeB.prometheus.id.json',
      'kubeB/kubeB.reflect.id.json',
    ])
  })

  it('keeps the identity file of a developer whom zprom enrolls', () => {
    const { enrollments } = expandSpec(specOf({ developers: [{ name: 'ann', enroll: true }] }))
    assert.deepEqual(enrollments, [
      { identity: 'ann', origin: 'developer/ann', by: 'file', path: 'developers/ann.json' },
    ])
  })

  it('gives a developer the same roles before the first cluster as after it', () => {
    const roles = (spec: Parameters<typeof specOf>[0]) => expandSpec(specOf(spec)).entities.find(isDeveloper)?.fields
    const alone = roles({ developers: [{ name: 'dev.client' }] })
    assert.deepEqual(alone, { isAdmin: false, roleAttributes: ['prometheus-clients', 'reflectz-clients'] })
    assert.deepEqual(alone, roles(articleSpec))
  })

  it('lets every Prometheus and developer dial every workload of every cluster', () => {
    const { entities } = expandSpec(
      specOf({
        clusters: [
          { name: 'a', prometheus: 'tunneled', workloads: ['shop', { name: 'db', clients: 'db.readers' }] },
          { name: 'b', prometheus: 'dark', workloads: [] },
        ],
        developers: [{ name: 'dev.client' }],
      }),
    )
    const dialing = entities.filter(entity => isDeveloper(entity) || /prometheus\.id$/.test(entity.name))
    assert.equal(dialing.length, 3)
    for (const { fields } of dialing) {
      assert.deepEqual(fields, { isAdmin: false, roleAttributes: ['db.readers', 'prometheus-clients', 'shop-clients'] })
    }
    assert.deepEqual(dialersOf(entities, 'a.db.svc.dial'), ['#db.readers'])
    assert.deepEqual(dialersOf(entities, 'a.shop.svc.dial.scrape'), ['#shop-clients'])
  })

  it('makes no policies about routers when the overlay has its own', () => {
    assert.equal(
      topology.entities.some(entity => entity.kind.includes('router')),
      false,
    )
  })

  it('makes the two policies about routers when the stack is to own them', () => {
    const overlay = { routerPolicies: 'own', routers: ['#public', '#lan', '#public'] } as const
    const { entities } = expandSpec(specOf({ stack: 's', overlay }))
    // Both bear the mark of their item: what tells later that one of them is missing.
    assert.deepEqual([...new Set(entities.map(({ item }) => item?.length))], [8])
    assert.deepEqual(
      entities.map(({ item: _, ...rest }) => rest),
      [
        {
          kind: 'edge-router-policy',
          name: 's.edge-routers',
          fields: { semantic: 'AnyOf', edgeRouterRoles: ['#lan', '#public'], identityRoles: ['#all'] },
          origin: 'overlay/router-policies',
        },
        {
          kind: 'service-edge-router-policy',
          name: 's.service-edge-routers',
          fields: { semantic: 'AnyOf', edgeRouterRoles: ['#lan', '#public'], serviceRoles: ['#all'] },
          origin: 'overlay/router-policies',
        },
      ],
    )
  })

  it('expands a thousand clusters', () => {
    const clusters = Array.from({ length: 1000 }, (_, index) => ({
      name: `kube${index}`,
      prometheus: 'tunneled' as const,
    }))
    assert.equal(expandSpec(specOf({ clusters })).entities.length, 16_000)
  })

  it('never names two entities of a valid spec alike, nor two files', () => {
    fc.assert(
      fc.property(specArbitrary, input => {
        const { entities, enrollments } = expandSpec(specOf(input))
        assert.equal(new Set(entities.map(addressOf)).size, entities.length)
        assert.equal(new Set(enrollments.map(({ path }) => path.toLowerCase())).size, enrollments.length)
        assert.deepEqual(
          sortedSet(enrollments.map(({ identity }) => identity)),
          sortedSet(entities.filter(({ kind }) => kind === 'identity').map(({ name }) => name)),
        )
      }),
    )
  })

  it('names in roles and configs only what it makes itself', () => {
    fc.assert(
      fc.property(specArbitrary, input => {
        const { entities } = expandSpec(specOf(input))
        const addresses = new Set<string>(entities.map(addressOf))
        for (const address of entities.flatMap(namedBy)) assert.ok(addresses.has(address), address)
      }),
    )
  })
})

describe('prometheusServiceName', () => {
  it('repeats the name of the chart unless the release contains it', () => {
    assert.equal(prometheusServiceName('prometheuz'), 'prometheuz-prometheus-server')
    assert.equal(prometheusServiceName('promb'), 'promb-prometheus-server')
    assert.equal(prometheusServiceName('prometheus'), 'prometheus-server')
    assert.equal(prometheusServiceName('myprometheus'), 'myprometheus-server')
  })

  it('keeps the whole name of the longest release that a spec takes', () => {
    assert.equal(prometheusServiceName('a'.repeat(45)), `${'a'.repeat(45)}-prometheus-server`)
    assert.equal(prometheusServiceName(`${'a'.repeat(49)}`).length, 63)
  })

  it('is where ziti-host sends the streams of a tunneled Prometheus', () => {
    const clusters = [{ name: 'a', prometheus: 'tunneled' as const, releases: { prometheus: 'my-prometheus' } }]
    const { entities } = expandSpec(specOf({ clusters }))
    const host = entities.find(entity => entity.kind === 'config' && entity.fields.configType === 'host.v1')
    assert.deepEqual(host?.fields, {
      configType: 'host.v1',
      data: { protocol: 'tcp', address: 'my-prometheus-server', port: 80 },
    })
  })
})

function readReference(): Reference[] {
  const file = new URL('../support/article/overlay.json', import.meta.url)
  return JSON.parse(readFileSync(file, 'utf8')).entities
}

// The inventory leaves out what the article leaves to the controller's defaults.
function fieldsOf({ part, kind, name, enrolledBy, ...fields }: Reference): Record<string, unknown> {
  const defaults: Record<string, object> = {
    identity: { isAdmin: false },
    config: {},
    service: { encryptionRequired: true },
    'service-policy': { semantic: 'AnyOf', postureCheckRoles: [] },
  }
  const sorted = Object.entries(fields).map(([key, value]) => [key, Array.isArray(value) ? sortedSet(value) : value])
  return { ...defaults[kind], ...Object.fromEntries(sorted) }
}

function isDeveloper(entity: Wanted): boolean {
  return entity.name === 'dev.client'
}

function dialersOf(entities: readonly Entity[], policy: string): readonly string[] | undefined {
  return entities.flatMap(entity => (entity.kind === 'service-policy' && entity.name === policy ? [entity] : []))[0]
    ?.fields.identityRoles
}

function namedBy(entity: Entity): string[] {
  if (entity.kind === 'service') return entity.fields.configs.map(name => `config/${name}`)
  if (entity.kind !== 'service-policy') return []
  const { serviceRoles, identityRoles } = entity.fields
  const named = (roles: readonly string[], kind: string) =>
    roles.filter(role => role.startsWith('@')).map(role => `${kind}/${role.slice(1)}`)
  return [...named(serviceRoles, 'service'), ...named(identityRoles, 'identity')]
}
