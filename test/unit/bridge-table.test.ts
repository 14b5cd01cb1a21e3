import assert from 'node:assert/strict'
import fc from 'fast-check'
import { entriesOf } from '../../src/bridge/entries.js'
import { parseAbsoluteForm, parseAuthority } from '../../src/bridge/request-line.js'
import { reachableTargets, readerTargets } from '../../src/bridge/sd.js'
import { createTable } from '../../src/bridge/table.js'
import { bridgeTargetsOf } from '../../src/expand/index.js'
import { alikePairs, opaqueHost, scrapeHost } from '../../src/model/scrape-host.js'
import type { SpecInput } from '../../src/spec/schema.js'
import { specOf } from '../support/spec-builder.js'

const spec: SpecInput = {
  clusters: [
    { name: 'kubeA', prometheus: 'tunneled', scrape: ['kubeA.reflect', 'node1', { target: 'tls', interval: '1m' }] },
    { name: 'kubeB', prometheus: 'dark', scrape: [{ target: 'kubeA.prometheus', federate: true }] },
  ],
  targets: [
    { name: 'node1', address: '10.0.0.5:9100', hostedBy: 'h', path: '/custom' },
    { name: 'tls', address: 'h.example:443', hostedBy: 'h', scheme: 'https' },
  ],
}
const dial = (...names: string[]) => names.map(name => ({ name, permissions: ['Dial' as const] }))
const { targets } = bridgeTargetsOf(specOf(spec))
const all = targets.map(({ service }) => service)

describe('the request line of a proxy', () => {
  it('keeps the case of the host, and path and query as they were sent', () => {
    assert.deepEqual(parseAbsoluteForm('http://kubeA.X.svc-kubeA.X.id:80/federate?match[]=%7Ba%7D'), {
      host: 'kubeA.X.svc-kubeA.X.id',
      port: 80,
      path: '/federate?match[]=%7Ba%7D',
    })
    assert.equal(parseAbsoluteForm('HTTP://a-')?.path, '/')
    assert.equal(parseAbsoluteForm('http://a-?x=1')?.path, '/?x=1')
  })

  it('is refused when it is anything but http://HOST:PORT/PATH', () => {
    const wrong = [
      '/metrics',
      'https://a/',
      'ftp://a/',
      'http:///x',
      'http://u:p@a/',
      'http://a:b/',
      'http://a:0/',
      '*',
    ]
    const odd = ['http://a:99999/', 'http://[::1]:80/', 'http://a%2fb/', 'http://a/#b', 'http://a\\b/', '']
    for (const text of [...wrong, ...odd]) assert.equal(parseAbsoluteForm(text), undefined, text)
  })

  it('never throws, and never reads a host that holds a separator', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string().map(rest => `http://${rest}`),
    )
    fc.assert(
      fc.property(text, line => {
        for (const host of [parseAbsoluteForm(line)?.host, parseAuthority(line)?.host])
          assert.ok(host === undefined || !/[\s/:@\\?#%]/.test(host.replace(/[?#]/g, '')), line)
      }),
    )
  })
})

describe('the table of a bridge', () => {
  it('finds a host by its exact text first, then by the only one that differs in case', () => {
    const table = createTable(entriesOf(dial('a.scrape.svc', 'A.scrape.svc', 'b.scrape.svc'), []))
    assert.equal(table.find('a.scrape.svc-a.id')?.service, 'a.scrape.svc')
    assert.equal(table.find('A.scrape.svc-A.id')?.service, 'A.scrape.svc')
    assert.equal(table.find('A.SCRAPE.svc-a.id'), undefined)
    assert.equal(table.find('B.SCRAPE.SVC-B.ID')?.service, 'b.scrape.svc')
  })

  it('never splits: names with "-" are found, and two pairs that read the same are not', () => {
    const table = createTable(entriesOf(dial('pb-A.scrape.svc'), []))
    assert.equal(table.find('pb-A.scrape.svc-pb-A.id')?.identity, 'pb-A.id')
    const twin = { zitified: true, isPrometheus: false, scrapedBy: [] }
    const twins = [
      { ...twin, name: 'one', service: 'a-b', identity: 'c' },
      { ...twin, name: 'two', service: 'a', identity: 'b-c' },
    ]
    const both = createTable(entriesOf(dial('a-b', 'a'), twins))
    assert.equal(both.find('a-b-c'), undefined)
    for (const pair of twins) assert.equal(both.find(opaqueHost(pair))?.service, pair.service)
  })

  it('knows nothing but services: no loopback, no name of the plain network', () => {
    const table = createTable(entriesOf(dial(...all), targets))
    for (const host of ['localhost', '127.0.0.1', '::1', 'example.com', '', '-', 'kubeA.reflect.scrape.svc'])
      assert.equal(table.find(host), undefined, host)
  })

  it('finds every pair by the text that is rendered for it, whatever its names are', () => {
    const name = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' })
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(name, name), { maxLength: 6, selector: ([one]) => one }), pairs => {
        const known = pairs.map(([service, identity]) => ({
          ...{ name: service, service, identity, zitified: true, isPrometheus: false, scrapedBy: [] },
        }))
        if (alikePairs(known) !== undefined) return
        const table = createTable(entriesOf(dial(...pairs.map(([service]) => service)), known))
        for (const pair of known) {
          const found = table.find(scrapeHost(pair))
          assert.deepEqual([found?.service, found?.identity], [pair.service, pair.identity])
          assert.match(scrapeHost(pair), /^[A-Za-z0-9._~-]+$/)
        }
      }),
    )
  })

  it('tells services that no spec speaks of by their names, a Prometheus under either identity', () => {
    const entries = entriesOf(dial('x.web.scrape.svc', 'x.prometheus.svc', 'ssh'), [])
    assert.deepEqual(
      entries.map(({ host, otherIdentity, paths, target }) => [host, otherIdentity, paths, target?.name]),
      [
        ['x.web.scrape.svc-x.web.id', undefined, undefined, 'x.web'],
        ['x.prometheus.svc-', 'x.prometheus.id', ['/metrics', '/federate'], 'x.prometheus'],
        ['ssh-', undefined, undefined, undefined],
      ],
    )
  })

  it('finds a Prometheus that no spec speaks of by what is rendered for it, dark or not', () => {
    const table = createTable(entriesOf(dial('x.prometheus.svc'), []))
    for (const host of ['x.prometheus.svc-', 'x.prometheus.svc-x.prometheus.id', 'X.prometheus.svc-x.prometheus.ID'])
      assert.equal(table.find(host)?.service, 'x.prometheus.svc', host)
    assert.equal(table.entries.length, 1)
  })

  it('leaves out what the identity may only host', () => {
    assert.deepEqual(entriesOf([{ name: 'a.scrape.svc', permissions: ['Bind'] }], []), [])
  })
})

describe('a list of targets', () => {
  const entries = entriesOf(dial(...all), targets)
  const dev = { identity: 'dev', reader: undefined }
  const kubeA = { identity: 'kubeA.prometheus.id', reader: 'kubeA' }

  it('has what the identity can reach, with the jobs of its own Prometheus', () => {
    const [first] = reachableTargets(entries, kubeA)
    assert.deepEqual(first, {
      targets: ['kubeA.reflect.scrape.svc-kubeA.reflect.id:80'],
      labels: {
        __meta_ziti_service: 'kubeA.reflect.scrape.svc',
        __meta_ziti_identity: 'kubeA.reflect.id',
        __meta_ziti_job: 'kubeA.reflectz',
        __meta_ziti_metrics_path: '/metrics',
        __meta_ziti_scheme: 'http',
        __metrics_path__: '/metrics',
        __scheme__: 'http',
        job: 'kubeA.reflectz',
        cluster: 'kubeA',
        workload: 'reflect',
        service: 'kubeA.reflect.scrape.svc',
      },
    })
    assert.deepEqual(reachableTargets(entriesOf([], targets), kubeA), [])
  })

  it('has other Prometheus servers, and not that of the bridge itself', () => {
    const servers = (self: Parameters<typeof reachableTargets>[1], from = entries) =>
      reachableTargets(from, self)
        .map(({ targets: [text] }) => text)
        .filter(text => text?.includes('prometheus'))
    const ofB = 'kubeB.prometheus.svc-kubeB.prometheus.id:80'
    assert.deepEqual(servers(dev), ['kubeA.prometheus.svc-:80', ofB])
    assert.deepEqual(servers(kubeA), [ofB])
    assert.deepEqual(servers({ identity: 'kubeB.prometheus.id', reader: 'kubeB' }), ['kubeA.prometheus.svc-:80'])
    assert.deepEqual(servers({ ...kubeA, reader: undefined }, entriesOf(dial('kubeA.prometheus.svc'), [])), [])
  })

  it('has, of one Prometheus, what the spec has it scrape, as often as that says', () => {
    const list = readerTargets(entries, 'kubeA', false)
    assert.deepEqual(
      list.map(({ targets, labels }) => [targets[0], labels.__scrape_interval__, labels.__scrape_timeout__]),
      [
        ['kubeA.reflect.scrape.svc-kubeA.reflect.id:80', '5s', '5s'],
        ['node1.svc-:80', '5s', '5s'],
        ['tls.svc-:443', '1m', '10s'],
      ],
    )
    assert.equal(list[1]?.labels.__metrics_path__, '/custom')
    assert.equal(list[2]?.labels.__scheme__, 'https')
    assert.deepEqual(readerTargets(entries, 'kubeB', false), [])
    assert.equal(readerTargets(entries, 'kubeB', true)[0]?.labels.__metrics_path__, '/federate')
  })

  it('keeps in the list of a Prometheus what it may not dial now, so that it is seen to be down', () => {
    assert.equal(readerTargets(entriesOf([], targets), 'kubeA', false).length, 3)
  })

  it('has nothing but text for values, with a label `instance` where the host says nothing', () => {
    const odd = { name: 'odd', service: 'a b', identity: 'é', zitified: true, isPrometheus: false, scrapedBy: [] }
    const [group] = reachableTargets(entriesOf(dial('a b'), [odd]), dev)
    assert.match(group?.targets[0] ?? '', /^t-[0-9a-f]{16}:80$/)
    assert.equal(group?.labels.instance, 'a b-é:80')
    const [secure] = reachableTargets(entriesOf(dial('a b'), [{ ...odd, tls: { serverName: 'a' } }]), dev)
    assert.equal(secure?.labels.instance, 'a b-é:443')
    for (const value of Object.values(group?.labels ?? {})) assert.equal(typeof value, 'string')
  })
})
