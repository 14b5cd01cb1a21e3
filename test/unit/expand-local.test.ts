import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { expandSpec } from '../../src/expand/index.js'
import type { Wanted } from '../../src/model/entity.js'
import { makePlan } from '../../src/plan/index.js'
import { emptySnapshot, snapshotOf } from '../support/plan-builder.js'
import { articleSpec, specOf } from '../support/spec-builder.js'

const node1 = { name: 'node1', address: '10.0.0.5:9100', hostedBy: 'lab.tunneler' }

describe('the local Prometheus of a spec', () => {
  const of = (local: { dark?: boolean } | undefined) =>
    expandSpec(specOf({ ...articleSpec, ...(local !== undefined && { local }) })).entities

  it('is the five entities of the article when it is dark, name for name', () => {
    const article: { entities: { part: string; kind: string; name: string }[] } = JSON.parse(
      readFileSync(new URL('../support/article/overlay.json', import.meta.url), 'utf8'),
    )
    const expected = article.entities
      .filter(({ part }) => part.startsWith('local'))
      .map(({ kind, name }) => [kind, name])
    const actual = of({ dark: true }).filter(({ origin }) => origin === 'local')
    assert.equal(expected.length, 5)
    assert.deepEqual(actual.map(({ kind, name }) => [kind, name]).sort(), expected.sort())
    assert.equal(of({ dark: true }).length, 36)
  })

  it('is its identity alone when it listens on this machine', () => {
    const more = of({}).filter(({ origin }) => origin === 'local')
    assert.deepEqual(
      more.map(({ kind, name, fields }) => [kind, name, fields]),
      [
        [
          'identity',
          'local.prometheus.id',
          { isAdmin: false, roleAttributes: ['prometheus-clients', 'reflectz-clients'] },
        ],
      ],
    )
  })

  it('changes nothing of what the clusters stand for', () => {
    const without = (entities: readonly Wanted[]) => entities.filter(({ origin }) => origin !== 'local')
    assert.deepEqual(without(of({ dark: true })), of(undefined))
  })
})

describe('a target of a spec', () => {
  const spec = specOf({
    ...articleSpec,
    clusters: [
      { name: 'kubeA', prometheus: 'tunneled', scrape: ['kubeA.reflect', 'node1'] },
      { name: 'kubeB', prometheus: 'dark' },
    ],
    targets: [node1],
  })
  const { entities, enrollments } = expandSpec(spec)
  const named = (kind: string, name: string) => entities.find(entity => entity.kind === kind && entity.name === name)

  it('is what a tunneler offers: intercept, host config, service and policies', () => {
    assert.deepEqual(named('config', 'node1.svc-host.v1')?.fields, {
      configType: 'host.v1',
      data: { protocol: 'tcp', address: '10.0.0.5', port: 9100 },
    })
    assert.deepEqual(named('config', 'node1.svc-intercept.v1')?.fields, {
      configType: 'intercept.v1',
      data: { protocols: ['tcp'], addresses: ['node1.svc.ziti'], portRanges: [{ low: 80, high: 80 }] },
    })
    assert.deepEqual(named('service-policy', 'node1.svc.bind')?.fields, {
      type: 'Bind',
      semantic: 'AnyOf',
      serviceRoles: ['@node1.svc'],
      identityRoles: ['@lab.tunneler'],
      postureCheckRoles: [],
    })
  })

  it('may be dialled by the Prometheus that scrapes it and by developers, and by no other', () => {
    const mayDial = entities
      .filter(
        ({ kind, fields }) =>
          kind === 'identity' && 'roleAttributes' in fields && fields.roleAttributes.includes('node1-clients'),
      )
      .map(({ name }) => name)
    assert.deepEqual(mayDial, ['kubeA.prometheus.id', 'dev.client'])
  })

  it('takes IPv6 addresses out of their brackets', () => {
    const { entities: six } = expandSpec(specOf({ targets: [{ ...node1, address: '[fd00::5]:9100' }] }))
    const config = six.find(({ name }) => name === 'node1.svc-host.v1')
    assert.deepEqual(config?.fields, {
      configType: 'host.v1',
      data: { protocol: 'tcp', address: 'fd00::5', port: 9100 },
    })
  })

  it('makes a hosting identity that is missing, once for several targets, with a token for whoever runs it', () => {
    const two = expandSpec(specOf({ targets: [node1, { ...node1, name: 'node2' }] }))
    assert.equal(two.entities.filter(({ name }) => name === 'lab.tunneler').length, 1)
    assert.deepEqual(
      two.enrollments.map(({ identity, by, path }) => [identity, by, path]),
      [['lab.tunneler', 'token', 'hosts/lab.tunneler.jwt']],
    )
    assert.ok(enrollments.some(({ identity }) => identity === 'lab.tunneler'))
  })

  it('makes no identity when its host is one of the spec', () => {
    const own = expandSpec(specOf({ ...articleSpec, targets: [{ ...node1, hostedBy: 'kubeA.ziti.id' }] }))
    const hosts = own.entities.filter(({ name }) => name === 'kubeA.ziti.id')
    assert.deepEqual(
      hosts.map(({ origin }) => origin),
      ['cluster/kubeA'],
    )
  })

  it('uses a hosting identity of somebody else as it is: no conflict, no change, no token', () => {
    const topology = expandSpec(specOf({ targets: [node1] }))
    const there = snapshotOf({ ...topology, entities: topology.entities.filter(({ name }) => name === 'lab.tunneler') })
    const [[address, entity] = []] = [...there.entities]
    assert.ok(address !== undefined && entity !== undefined)
    const foreign = { ...entity, owner: undefined, tags: {} }
    const snapshot = { ...there, entities: new Map([[address, foreign]]) }
    const inputs = { topology, held: new Map(), now: 0, reEnroll: new Set<string>(), shown: (path: string) => path }
    const plan = makePlan({ ...inputs, snapshot })
    assert.deepEqual([plan.conflicts, plan.enrollments], [[], []])
    assert.ok(!plan.steps.some(({ change }) => change.address === 'identity/lab.tunneler'))
    const fresh = makePlan({ ...inputs, snapshot: emptySnapshot() })
    assert.deepEqual(
      fresh.enrollments.map(({ identity, action }) => [identity, action]),
      [['lab.tunneler', 'save-token']],
    )
  })
})
