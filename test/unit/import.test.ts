import assert from 'node:assert/strict'
import fc from 'fast-check'
import { expandSpec } from '../../src/expand/index.js'
import { isPartOf, specOfNetwork } from '../../src/flows/network-spec.js'
import { type Address, addressOf, type Observed, type Wanted } from '../../src/model/entity.js'
import type { Imported } from '../../src/model/import.js'
import { formatImported } from '../../src/report/import-text.js'
import { newSpec } from '../../src/spec/new-spec.js'
import { parseSpec } from '../../src/spec/parse.js'
import type { SpecInput } from '../../src/spec/schema.js'
import { byAddress, observedOf } from '../support/plan-builder.js'
import { specArbitrary, specOf } from '../support/spec-builder.js'

const begin = newSpec({ stack: 'found' })
const wantedOf = (spec: SpecInput) => expandSpec(specOf({ ...spec, stack: 'found', overlay: {} })).entities
const foundIn = (network: ReadonlyMap<Address, Observed>) => {
  const { text, refused } = specOfNetwork(begin, 'zprom.yaml', network)
  return { entities: expandSpec(parseSpec(text, 'zprom.yaml')).entities, refused }
}
const build = (entities: readonly Wanted[]) => byAddress(entities.map(one => observedOf(one, undefined)))
const identityOf = (name: string): Wanted => ({
  kind: 'identity',
  name,
  fields: { isAdmin: false, roleAttributes: [] },
  origin: '',
})
const shapes = (entities: readonly Wanted[]) =>
  entities
    .map(({ kind, name, fields }) => ({ kind, name, fields }))
    .sort((a, b) => (addressOf(a) < addressOf(b) ? -1 : 1))

describe('a spec that is read off a network', () => {
  it('asks for the very entities that another spec had asked for, when no name can be read in two ways', () => {
    const clusters = fc.uniqueArray(
      fc.record({
        name: fc.constantFrom('kubeA', 'kubeB', 'K8', '12', 'x.y'),
        prometheus: fc.constantFrom('tunneled' as const, 'dark' as const),
        releases: fc.constantFrom({}, { prometheus: 'prom' }, { prometheus: 'my-prometheus' }),
        workloads: fc.subarray(['reflect', 'shop', { name: 'api', clients: 'api-users' }]),
      }),
      { minLength: 1, selector: ({ name }) => name },
    )
    const local = fc.option(fc.record({ dark: fc.boolean() }), { nil: undefined })
    const developers = fc.subarray([{ name: 'dev.client' }, { name: 'ann@home' }])
    fc.assert(
      fc.property(clusters, local, developers, (clusters, local, developers) => {
        const wanted = wantedOf({ clusters, developers, ...(local !== undefined && { local }) })
        const { entities, refused } = foundIn(build(wanted))
        assert.deepEqual(refused, [])
        assert.deepEqual(shapes(entities), shapes(wanted))
      }),
      { numRuns: 60 },
    )
  })

  it('asks for the very entities that the lost spec of its own stack had asked for, targets and who scrapes them too', () => {
    const names = ['node', 'office.reflect', 'k8s']
    const target = (name: string) =>
      fc.record({
        name: fc.constant(name),
        address: fc.constantFrom('10.0.0.5:9100', '[fd00::1]:443', 'db.example:80'),
        hostedBy: fc.constantFrom('edge', 'kubeA.reflect.id', 'dev.client'),
        scheme: fc.constantFrom('http' as const, 'https' as const),
        clients: fc.constantFrom(undefined, 'shared-clients', 'reflectz-clients'),
      })
    const reader = fc.record({ scrape: fc.option(fc.subarray(names), { nil: undefined }) })
    fc.assert(
      fc.property(fc.tuple(...names.map(target)), reader, reader, fc.boolean(), (targets, one, other, hasLocal) => {
        const more = ({ scrape }: { scrape: string[] | undefined }, own: readonly string[]) =>
          scrape === undefined ? {} : { scrape: [...own, ...scrape] }
        const wanted = wantedOf({
          clusters: [
            { name: 'kubeA', prometheus: 'tunneled', ...more(one, ['kubeA.reflect']) },
            { name: 'kubeB', prometheus: 'dark', ...more(other, ['kubeB.reflect']) },
          ],
          targets: targets.map(({ clients, ...rest }) => ({ ...rest, ...(clients !== undefined && { clients }) })),
          developers: [{ name: 'dev.client' }],
          ...(hasLocal && { local: more(one, ['kubeA.prometheus']) }),
        })
        const { entities, refused } = foundIn(byAddress(wanted.map(each => observedOf(each, 'found'))))
        assert.deepEqual(refused, [])
        assert.deepEqual(shapes(entities), shapes(wanted))
      }),
      { numRuns: 100 },
    )
  })

  it('finds a developer of our own again, whatever somebody has made of its role attributes', () => {
    const wanted = wantedOf({
      clusters: [{ name: 'kubeA', prometheus: 'dark' }],
      developers: [{ name: 'ann' }, { name: 'bob' }],
    })
    // As a whole, and piece by piece beside a cluster that no spec may have.
    for (const roleAttributes of [[], ['more'], ['more', 'prometheus-clients']])
      for (const others of [[], [identityOf('kube-c.prometheus.id')]]) {
        const found = byAddress([
          ...wanted
            .map(each => observedOf(each, 'found'))
            .map(one =>
              one.name === 'ann' ? ({ ...one, fields: { isAdmin: false, roleAttributes } } as Observed) : one,
            ),
          ...others.map(each => observedOf(each, undefined)),
        ])
        const { text } = specOfNetwork(begin, 'zprom.yaml', found)
        assert.deepEqual(
          parseSpec(text, 'zprom.yaml').developers.map(({ name }) => name),
          ['ann', 'bob'],
        )
      }
  })

  it('is read at once for hundreds of clusters', () => {
    const clusters = Array.from({ length: 300 }, (_, at) => ({ name: `k${at}`, prometheus: 'dark' as const }))
    const wanted = wantedOf({ clusters, developers: [{ name: 'dev' }] })
    assert.deepEqual(shapes(foundIn(build(wanted)).entities), shapes(wanted))
  })

  it('is valid whatever is there: parts, names that no spec may have, fields of another shape', () => {
    const wild = fc.constantFrom('kube-c', 'local', 'a b', '', '.', 'k..8', 'x'.repeat(300), 'prometheus', '☂')
    const shape = fc.constantFrom('.prometheus.id', '.prometheus.svc', '.reflect.svc', '.reflect.id', '.ziti.id', '.id')
    const strangers = fc.array(
      fc.tuple(wild, shape, fc.boolean()).map(([name, end, isReader]): Wanted => {
        const roleAttributes = isReader ? ['prometheus-clients'] : []
        return end.endsWith('.svc')
          ? {
              kind: 'service',
              name: name + end,
              fields: { configs: [], encryptionRequired: false, roleAttributes },
              origin: '',
            }
          : { kind: 'identity', name: name + end, fields: { isAdmin: false, roleAttributes }, origin: '' }
      }),
      { maxLength: 5 },
    )
    fc.assert(
      fc.property(specArbitrary, strangers, fc.infiniteStream(fc.boolean()), (spec, others, keep) => {
        const some = wantedOf(spec).filter(() => keep.next().value)
        foundIn(build([...some, ...others]))
      }),
      { numRuns: 60 },
    )
  })
})

describe('a part of what a spec can not say', () => {
  const isPart = (what: string, address: string, clusters: readonly string[] = []) => {
    const [kind, name] = address.split('/') as [Observed['kind'], string]
    return isPartOf(what, { kind, name }, clusters)
  }

  it('has a name that its cluster would give it, with any workload, and is of no nearer cluster', () => {
    for (const end of [
      'ziti.id',
      'prometheus.svc',
      'prometheus.svc-host.v1',
      'shop.id',
      'a.b.svc.dial',
      'shop.scrape.svc',
    ])
      assert.ok(isPart('cluster kube-c', `service/kube-c.${end}`), end)
    for (const end of ['', 'shop', 'shop.svcs', 'ziti.ids'])
      assert.ok(!isPart('cluster kube-c', `service/kube-c.${end}`), end)
    assert.ok(!isPart('cluster kube-c', 'service/kube-cd.prometheus.svc'))
    assert.ok(!isPart('cluster kube-c', 'service/kube-c.inner.shop.svc', ['kube-c.inner']))
    assert.ok(isPart('cluster kube-c.inner', 'service/kube-c.inner.shop.svc', ['kube-c']))
  })

  it('has the name that its target, developer or local Prometheus would give it', () => {
    assert.ok(isPart('target node', 'config/node.svc-host.v1'))
    assert.ok(!isPart('target node', 'config/node.other'))
    assert.ok(isPart('developer ann', 'identity/ann'))
    assert.ok(!isPart('developer ann', 'service/ann'))
    assert.ok(isPart('local Prometheus', 'identity/local.prometheus.id'))
    assert.ok(!isPart('local Prometheus', 'identity/local.else'))
  })
})

describe('what is said of an import', () => {
  const imported: Imported = {
    text: '',
    clusters: [{ name: 'kubeA', prometheus: 'dark' }],
    local: undefined,
    targets: [],
    developers: [],
    own: 0,
    foreign: 13,
    same: 13,
    different: [],
    missing: [],
    conflicts: [],
    notUnderstood: [],
  }
  const next = /Next: zprom plan --adopt all/

  it('ends with what takes it over, unless a conflict would keep that from being applied', () => {
    assert.match(formatImported(imported, 'zprom.yaml'), next)
    const lost = { ...imported, own: 13, foreign: 0 }
    assert.match(formatImported(lost, 'zprom.yaml'), /Next: zprom plan, then zprom apply$/)
    const conflicts = [
      { address: 'service/a' as const, reason: 'an entity of this name belongs to the stack "b"', hint: 'rename it' },
    ]
    const said = formatImported({ ...imported, conflicts }, 'zprom.yaml')
    assert.match(said, /! service\/a: .*stack "b"/)
    assert.doesNotMatch(said, next)
  })
})
