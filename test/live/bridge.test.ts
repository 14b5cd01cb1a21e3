import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { findFreePorts } from '../../src/cli/sandbox/ports.js'
import type { RunningBridge } from '../../src/flows/bridge.js'
import { type BridgeWorld, carryTo, exporter, hostServer, hostTls, newBridgeWorld } from '../support/bridge-world.js'
import { hasPrometheus, type Prometheus, startPrometheus } from '../support/prometheus.js'
import { requires } from '../support/requires.js'
import { until } from '../support/world-checks.js'
import { makeCertificate } from '../unit/enroll-certificates.js'

type Bridge = RunningBridge & { readonly url: string }

describe('a stock Prometheus behind a bridge', function () {
  this.timeout(120_000)
  let world: BridgeWorld
  let bridge: Bridge
  let prometheus: Prometheus
  const servers: Server[] = []
  const others: Prometheus[] = []
  const token = 'a-token-of-some-length'

  const workloads = ['reflect', 'idle', 'closed', 'slow']
  const specWith = (more: readonly string[] = []) => {
    const { word } = world
    const all = [...workloads, ...more]
    return {
      clusters: [
        {
          name: word,
          prometheus: 'dark' as const,
          workloads: all,
          scrape: [...all.map(one => `${word}.${one}`), `${word}tls`],
        },
      ],
      targets: [
        {
          name: `${word}tls`,
          address: '127.0.0.1:9',
          hostedBy: `${word}.reflect.id`,
          scheme: 'https' as const,
          serverName: 'exporter.example',
        },
      ],
    }
  }
  const place = (workload: string) => [`${world.word}.${workload}.scrape.svc`, `${world.word}.${workload}.id`] as const
  const target = (workload: string) => `${place(workload).join('-')}:80`
  const serve = async (workload: string, exposition: string) => {
    const [service, identity] = place(workload)
    const server = exporter(() => exposition)
    servers.push(server)
    await hostServer(await world.as(identity), service, identity, server)
  }
  const job = (job_name: string, text: string, more: object = {}) => ({
    job_name,
    honor_labels: true,
    follow_redirects: false,
    proxy_url: bridge.url,
    static_configs: [{ targets: [text] }],
    ...more,
  })
  const start = async (scrape_configs: readonly object[]) => {
    const started = await startPrometheus({
      global: { scrape_interval: '2s', scrape_timeout: '2s' },
      scrape_configs,
    })
    others.push(started)
    return started
  }

  before(async function () {
    requires(this, hasPrometheus(), 'prometheus is not installed')
    world = await newBridgeWorld()
    const { word, outDir } = world
    await world.provide(specWith())
    await serve('reflect', 'reflect_total_connections 42\n')
    const [closed, closedId] = place('closed')
    const accept = async () => {
      throw new Error('backend is down')
    }
    await (await world.as(closedId)).host(closed, { identity: closedId, accept }, () => undefined)
    const [slow, slowId] = place('slow')
    await (await world.as(slowId)).host(slow, { identity: slowId }, stream => void stream.on('error', () => undefined))

    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const cert = (await makeCertificate(privateKey, { dnsNames: ['exporter.example'] })).toString('pem')
    const key = String(privateKey.export({ type: 'pkcs8', format: 'pem' }))
    const server = exporter(() => 'tls_total 7\n')
    servers.push(server)
    await hostTls(await world.as(place('reflect')[1]), `${word}tls.svc`, { key, cert, server })
    const caFile = join(outDir, 'target-ca.pem')
    await writeFile(caFile, cert)

    bridge = await world.bridge()
    const locked = await world.bridge({ token })
    const withToken = `http://prom:${token}@127.0.0.1:${locked.port}`
    const sd = (url: string, more: object = {}) => ({
      static_configs: [],
      http_sd_configs: [{ url, refresh_interval: '1s', ...more }],
    })
    const tls = { scheme: 'https', tls_config: { ca_file: caFile, server_name: 'exporter.example' } }
    prometheus = await start([
      job('static', target('reflect')),
      job('folded', target('reflect').toUpperCase()),
      job('listed', '', sd(`${bridge.url}/sd/targets`)),
      job('tls', `${word}tls.svc-:443`, tls),
      job('tls-wrong-name', `${word}tls.svc-:443`, { ...tls, tls_config: { ca_file: caFile } }),
      job('no-tls', target('reflect'), { scheme: 'https' }),
      job('stranger', 'no.such.service-x:80'),
      job('loopback', `127.0.0.1:${bridge.port}`),
      job('other-path', target('reflect'), { metrics_path: '/debug' }),
      job('idle', target('idle')),
      job('closed', target('closed')),
      job('slow', target('slow')),
      { job_name: 'bridge', static_configs: [{ targets: [`127.0.0.1:${bridge.port}`] }] },
      job('token', target('reflect'), { proxy_url: withToken }),
      job('token-tls', `${word}tls.svc-:443`, { ...tls, proxy_url: withToken }),
      job('token-listed', '', {
        proxy_url: withToken,
        ...sd(`${locked.url}/sd/${word}`, { authorization: { credentials: token } }),
        relabel_configs: [{ target_label: 'job', replacement: 'token-listed' }],
      }),
      job('no-token', target('reflect'), { proxy_url: locked.url }),
      job('no-token-tls', `${word}tls.svc-:443`, { ...tls, proxy_url: locked.url }),
    ])
  })
  after(async () => {
    await Promise.all(others.map(one => one.stop()))
    await world?.end()
    for (const server of servers) server.close()
  })
  const up = (name: string, of: Prometheus = prometheus) => of.untilTarget(name, ({ health }) => health === 'up')
  const lastError = async (name: string) =>
    (await prometheus.untilTarget(name, ({ health }) => health === 'down')).lastError

  it('scrapes a job with a target of its own, and has its series', async () => {
    const { labels } = await up('static')
    assert.equal(labels.instance, target('reflect'))
    assert.equal((await prometheus.untilSample('up{job="static"} == 1')).value[1], '1')
    assert.equal((await prometheus.untilSample('reflect_total_connections{job="static"}')).value[1], '42')
  })

  it('finds a target whatever case its text came in', async () => {
    await up('folded')
  })

  it('finds what the identity can reach by service discovery, with labels', async () => {
    const { labels } = await up(`${world.word}.reflectz`)
    const [service] = place('reflect')
    assert.deepEqual(labels, {
      job: `${world.word}.reflectz`,
      instance: target('reflect'),
      cluster: world.word,
      workload: 'reflect',
      service,
    })
    await prometheus.untilSample(`reflect_total_connections{cluster="${world.word}",workload="reflect"} == 42`)
  })

  it('scrapes a target that speaks TLS, whose certificate it checks itself', async () => {
    await up('tls')
    await prometheus.untilSample('tls_total{job="tls"} == 7')
    assert.match(await lastError('tls-wrong-name'), /x509: certificate is valid for exporter\.example/)
  })

  it('shows as lastError what failed', async () => {
    const failed = 'server returned HTTP status 502 zprom: '
    const name = (workload: string) => place(workload).join(' at ')
    assert.equal(await lastError('stranger'), `${failed}no such target: no.such.service-x`)
    assert.equal(await lastError('loopback'), `${failed}no such target: 127.0.0.1`)
    assert.equal(await lastError('idle'), `${failed}${name('idle')}: nothing hosts it`)
    assert.equal(
      await lastError('closed'),
      `${failed}${name('closed')}: its host did not take the call: backend is down`,
    )
    assert.equal(
      await lastError('slow'),
      `server returned HTTP status 504 zprom: ${name('slow')}: not done within 1.7 s`,
    )
    assert.match(await lastError('other-path'), /403 zprom: of \S+ only \/metrics may be read$/)
    assert.match(await lastError('no-tls'), /: zprom: \S+ is not a target with "scheme: https"$/)
  })

  it('needs the token where there is one, for scrapes, tunnels and lists', async () => {
    for (const name of ['token', 'token-tls', 'token-listed']) await up(name)
    assert.match(await lastError('no-token'), /407 zprom: Proxy Authentication Required$/)
    assert.match(await lastError('no-token-tls'), /: zprom: Proxy Authentication Required$/)
  })

  it('federates from a dark Prometheus through the bridge', async () => {
    const { word } = world
    const [service, identity] = [`${word}.prometheus.svc`, `${word}.prometheus.id`]
    const hosting = await (await world.as(identity)).host(service, { identity }, carryTo(prometheus.port))
    const federating = await start([
      job('federate', `${service}-${identity}:80`, {
        metrics_path: '/federate',
        params: { 'match[]': ['{job="static"}'] },
      }),
      job('interface', `${service}-${identity}:80`, { metrics_path: '/api/v1/status/config' }),
    ])
    await up('federate', federating)
    await federating.untilSample('reflect_total_connections{job="static"} == 42')
    const { lastError: refused } = await federating.untilTarget('interface', ({ health }) => health === 'down')
    assert.match(refused, /403 .* only \/metrics and \/federate may be read/)
    await hosting.close()
  })

  it('gets a target that was added without being touched itself', async () => {
    await world.provide(specWith(['added']))
    await serve('added', 'added_total 1\n')
    await up(`${world.word}.added`)
    await prometheus.untilSample('added_total == 1')
  })

  it('keeps its targets while the spec can not be read, for the list is an error and not empty', async () => {
    const good = stringify({ stack: world.word, ...specWith(['added']) })
    await writeFile(world.specPath, 'clusters: [')
    const status = async () => (await fetch(`${bridge.url}/sd/targets`)).status
    await until('the list is refused', async () => (await status()) === 500)
    // Its own metric counts the refusals, so it has asked in vain since.
    const self = async () =>
      Number(/^prometheus_sd_http_failures_total (\d+)/m.exec(await metricsOf(prometheus))?.[1] ?? 0)
    const before = await self()
    await until('Prometheus has asked in vain', async () => (await self()) > before)
    await up(`${world.word}.reflectz`)
    await writeFile(world.specPath, good)
    await until('the list is there again', async () => (await status()) === 200)
  })

  it('says that the bridge is down, and goes on when it is up again', async () => {
    const [port = 0] = await findFreePorts(1)
    const first = await world.bridge({ port })
    const watching = await start([job('restarted', target('reflect'), { proxy_url: first.url })])
    await up('restarted', watching)
    await first.close(1000)
    const { lastError: said } = await watching.untilTarget('restarted', ({ health }) => health === 'down')
    assert.match(said, /proxyconnect tcp: dial tcp 127\.0\.0\.1:\d+: connect: connection refused/)
    await world.bridge({ port })
    await up('restarted', watching)
  })

  it('scrapes the bridge itself, which counts what it did', async () => {
    await up('bridge')
    const [service] = place('reflect')
    await prometheus.untilSample(`zprom_bridge_requests_total{service="${service}",code="200"} > 0`)
    await prometheus.untilSample('zprom_bridge_dial_failures_total{reason="no-terminator"} > 0')
    await prometheus.untilSample('zprom_bridge_session_up == 1')
    await prometheus.untilSample('zprom_bridge_dial_seconds_count > 0')
    assert.deepEqual(
      world.log.filter(line => line.startsWith('bug')),
      [],
    )
  })
})

async function metricsOf({ port }: Prometheus): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
}
