import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { expandSpec } from '../../src/expand/index.js'
import { selects } from '../../src/kinds/selects.js'
import type { Snapshot } from '../../src/model/snapshot.js'
import { expectAccess, expectHosts } from '../../src/verify/access.js'
import { listChecks } from '../../src/verify/index.js'
import { compareServices } from '../../src/verify/services-check.js'
import { isTheirHost, narrow } from '../../src/verify/their-host.js'
import { byAddress, emptySnapshot, inputsOf, observedOf } from '../support/plan-builder.js'
import { articleSpec, specOf } from '../support/spec-builder.js'

const { topology } = inputsOf(articleSpec)

describe('the services that an identity should see', () => {
  it('are for dev.client the six of the article', async () => {
    const url = new URL('../support/article/expected-services.json', import.meta.url)
    const { services } = JSON.parse(await readFile(url, 'utf8'))
    const shown = (expectAccess(topology).get('dev.client') ?? []).map(
      one => `${one.service} ${one.intercepts} ${one.permissions}`,
    )
    const wanted = services.map(
      (one: { service: string; intercept: string; permissions: string[] }) =>
        `${one.service} ${one.intercept} ${one.permissions}`,
    )
    assert.deepEqual(shown, wanted.sort())
  })

  it('are those that it hosts, for a workload', () => {
    const services = expectAccess(topology).get('kubeA.reflect.id') ?? []
    assert.deepEqual(
      services.map(({ service, permissions }) => [service, permissions]),
      [
        ['kubeA.reflect.scrape.svc', ['Bind']],
        ['kubeA.reflect.svc', ['Bind']],
      ],
    )
  })

  it('have a host each, ziti-host for a tunneled Prometheus and its own identity for a dark one', () => {
    const hosts = expectHosts(expectAccess(topology))
    assert.deepEqual(hosts.get('kubeA.prometheus.svc'), ['kubeA.ziti.id'])
    assert.deepEqual(hosts.get('kubeB.prometheus.svc'), ['kubeB.prometheus.id'])
    assert.equal(hosts.size, 6)
  })
})

describe('the checks of a thousand clusters', () => {
  it('are listed in seconds, and identities that should see the same services share the list', () => {
    const clusters = Array.from({ length: 1000 }, (_, at) => ({ name: `c${at}`, prometheus: 'tunneled' as const }))
    const large = expandSpec(specOf({ clusters }))
    const started = performance.now()
    assert.equal(listChecks(large).length, 1 + 3000 + 3000 + 3000 + 3000)
    assert.ok(performance.now() - started < 10_000)
    const access = expectAccess(large)
    assert.equal(access.get('c0.prometheus.id')?.length, 3000)
    assert.equal(access.get('c0.prometheus.id'), access.get('c999.prometheus.id'))
  })
})

describe('roles', () => {
  const who = { names: ['dev', 'id-7'], roleAttributes: ['a', 'b'] }

  it('select by name or id, by any attribute, by all of them, or everything', () => {
    assert.ok(selects(['#all'], 'AllOf', who))
    assert.ok(selects(['@dev'], 'AllOf', who))
    assert.ok(selects(['@id-7', '#z'], 'AllOf', who))
    assert.ok(selects(['#z', '#b'], 'AnyOf', who))
    assert.ok(selects(['#a', '#b'], 'AllOf', who))
  })

  it('do not select what lacks an attribute, nor anything when there are none', () => {
    assert.ok(!selects(['#a', '#z'], 'AllOf', who))
    assert.ok(!selects(['#z'], 'AnyOf', who))
    assert.ok(!selects(['@other'], 'AnyOf', who))
    assert.ok(!selects([], 'AllOf', who))
    assert.ok(!selects([], 'AnyOf', who))
  })
})

describe('comparing the services that are seen', () => {
  const one = { service: 's', intercepts: ['h:80'], permissions: ['Dial'] } as const

  it('finds nothing where they agree, in whatever order', () => {
    const seen = { ...one, intercepts: ['i:80', 'h:80'] }
    assert.deepEqual(compareServices([{ ...one, intercepts: ['h:80', 'i:80'] }], [seen]), {
      missing: [],
      extra: [],
      different: [],
    })
  })

  it('names what is missing, what is more, and how the rest differs', () => {
    const seen = [
      { ...one, permissions: ['Bind', 'Dial'] as const, intercepts: [] },
      { ...one, service: 'more' },
    ]
    assert.deepEqual(compareServices([one, { ...one, service: 'gone' }], seen), {
      missing: ['gone'],
      extra: ['more'],
      different: ['s has permissions Bind, Dial instead of Dial and intercepts none instead of h:80'],
    })
  })
})

describe('an identity that hosts a target', () => {
  const spec = { targets: [{ name: 'n', address: 'h:1', hostedBy: 'gate' }] }
  const inputs = inputsOf(spec)
  const gates = inputs.topology.entities.filter(({ name }) => name === 'gate')
  const madeBy = (stack: string | undefined) =>
    emptySnapshot({ entities: byAddress(gates.map(gate => observedOf(gate, stack))) })

  it('is theirs when it was there before and zprom did not make it for this stack', () => {
    const isTheirs = (name: string, snapshot: Snapshot) => isTheirHost(name, { topology: inputs.topology, snapshot })
    assert.equal(isTheirs('gate', madeBy(undefined)), true)
    assert.equal(isTheirs('gate', madeBy('another')), true)
    assert.equal(isTheirs('gate', madeBy(inputs.topology.stack)), false)
    assert.equal(isTheirs('gate', emptySnapshot()), false)
    assert.equal(isTheirs('other', madeBy(undefined)), false)
  })

  it('is held to what the spec expects of it, when it is theirs', () => {
    const seen = [
      { service: 'n.svc', intercepts: ['n.svc.ziti:80'], permissions: ['Bind', 'Dial'] },
      { service: 'theirs', intercepts: [], permissions: ['Bind'] },
    ] as const
    const expected = expectAccess(inputs.topology).get('gate') ?? []
    assert.deepEqual(narrow(seen, expected), expected)
    assert.deepEqual(narrow([], expected), [])
  })
})
