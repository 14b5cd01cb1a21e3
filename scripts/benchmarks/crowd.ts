import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { findFreePorts } from '../../src/cli/sandbox/ports.js'
import { bin, newPerson, type Person } from '../../test/support/cli.js'
import { freshOverlay } from '../../test/support/overlay.js'
import { hasPrometheus, type Prometheus, startPrometheus } from '../../test/support/prometheus.js'
import { startExporter } from './exporter.js'
import { end, type Running, start, usageOf } from './processes.js'
import type { Row } from './table.js'

const targets = Number(process.env.ZPROM_BENCH_TARGETS || 1000)
const minutes = Number(process.env.ZPROM_BENCH_MINUTES || 10)
const intervalSeconds = 5
const points = 20

/**
 * A real Prometheus that scrapes 1,000 services through one bridge every 5 s, for ten minutes (ZPROM_BENCH_MINUTES): whether
 * all scrapes succeed, what it costs, and the bridge's memory as a curve. Proof is what both say in their own metrics.
 */
export async function measureCrowd(say: (line: string) => void): Promise<Row[]> {
  if (!hasPrometheus()) return [{ what: `${targets} targets through the bridge`, measured: 'skipped: no prometheus' }]
  const overlay = await freshOverlay()
  const person = await newPerson(overlay)
  const exporter = await startExporter()
  const running: Running[] = []
  let prometheus: Prometheus | undefined
  try {
    say(`making ${targets} services`)
    await person.write('zprom.yaml', specOf((exporter.address() as AddressInfo).port))
    await person.ok(['apply', '--yes'])
    running.push(await startHost(person))
    const [port = 0] = await findFreePorts(1)
    const listen = ['--listen', `127.0.0.1:${port}`, '--log', 'none']
    const bridge = await start(
      person,
      process.execPath,
      [bin, 'bridge', '--as', 't.prometheus.id', ...listen],
      /on http/,
    )
    running.push(bridge)
    prometheus = await startPrometheus(configOf(port))
    const one = prometheus
    await untilAllUp(one, say)
    say(`all ${targets} are up; measuring for ${minutes} min`)
    const before = await countsOf(one, port)
    const curve: number[] = []
    for (let point = 0; point < points; point += 1) {
      await new Promise(resolve => setTimeout(resolve, (minutes * 60_000) / points))
      curve.push((await usageOf(bridge)).rssMiB)
      say(`${(((point + 1) * minutes) / points).toFixed(1)} min: bridge ${curve.at(-1)?.toFixed(0)} MiB`)
    }
    return rowsOf(before, await countsOf(one, port), curve, await durationsOf(one))
  } finally {
    await prometheus?.stop()
    for (const child of running.toReversed()) await end(child)
    exporter.close()
    await overlay.stop()
    await person.leave()
  }
}

const names = Array.from({ length: targets }, (_, at) => `x${at}`)

function specOf(port: number): string {
  return stringify({
    clusters: [{ name: 't', prometheus: 'dark', scrape: names }],
    targets: names.map(name => ({ name, address: `127.0.0.1:${port}`, hostedBy: 't.reflect.id' })),
  })
}

// With a ziti program its tunneler is the host, otherwise zprom.
function startHost(person: Person): Promise<Running> {
  const { ZPROM_ZITI: ziti } = process.env
  const file = join(person.folder, 'zprom-out/t/t.reflect.id.json')
  if (ziti) return start(person, ziti, ['tunnel', 'host', '-i', file], /./)
  return start(person, process.execPath, [bin, 'host', 'tcp', '--all', '--identity-file', file], /hosting/)
}

function configOf(port: number): object {
  const bridge = `127.0.0.1:${port}`
  return {
    global: { scrape_interval: `${intervalSeconds}s`, scrape_timeout: `${intervalSeconds}s` },
    scrape_configs: [
      {
        job_name: 'crowd',
        honor_labels: true,
        follow_redirects: false,
        proxy_url: `http://${bridge}`,
        http_sd_configs: [{ url: `http://${bridge}/sd/t`, refresh_interval: '30s' }],
        relabel_configs: [{ target_label: 'job', replacement: 'crowd' }],
      },
      { job_name: 'bridge', static_configs: [{ targets: [bridge] }] },
    ],
  }
}

async function untilAllUp(prometheus: Prometheus, say: (line: string) => void): Promise<void> {
  for (let waited = 0; ; waited += 1) {
    const [up] = await prometheus.query('sum(up{job="crowd"})')
    if (Number(up?.value[1]) === targets) return
    if (waited % 10 === 0) say(`${up?.value[1] ?? 0} of ${targets} are up`)
    if (waited === 300) throw new Error(`only ${up?.value[1] ?? 0} of ${targets} are up after five minutes`)
    await new Promise(resolve => setTimeout(resolve, 1000))
  }
}

type Counts = {
  readonly at: number
  readonly ok: number
  readonly failed: number
  readonly dials: number
  readonly bridgeCpu: number
  readonly prometheusCpu: number
}

async function countsOf({ port }: Prometheus, bridgePort: number): Promise<Counts> {
  const read = async (of: number) => (await fetch(`http://127.0.0.1:${of}/metrics`)).text()
  const [bridge, own] = await Promise.all([read(bridgePort), read(port)])
  const sum = (text: string, name: RegExp) =>
    [...text.matchAll(name)].reduce((total, [, value]) => total + Number(value), 0)
  return {
    at: performance.now(),
    ok: sum(bridge, /^zprom_bridge_requests_total\{.*code="200".*\} (\S+)/gm),
    failed: sum(bridge, /^zprom_bridge_requests_total\{.*code="(?!200)\d+".*\} (\S+)/gm),
    dials: sum(bridge, /^zprom_bridge_dials_total (\S+)/gm),
    bridgeCpu: sum(bridge, /^process_cpu_seconds_total (\S+)/gm),
    prometheusCpu: sum(own, /^process_cpu_seconds_total (\S+)/gm),
  }
}

async function durationsOf(prometheus: Prometheus) {
  const ask = async (expression: string) => Number((await prometheus.query(expression))[0]?.value[1])
  return {
    p50: await ask('quantile(0.5, scrape_duration_seconds{job="crowd"})'),
    p99: await ask('quantile(0.99, scrape_duration_seconds{job="crowd"})'),
    down: await ask(`count(min_over_time(up{job="crowd"}[${Math.ceil(minutes)}m]) == 0) or vector(0)`),
    interval: await ask(`max(prometheus_target_interval_length_seconds{quantile="0.99"}) or vector(NaN)`),
  }
}

function rowsOf(
  before: Counts,
  after: Counts,
  curve: readonly number[],
  times: Awaited<ReturnType<typeof durationsOf>>,
): Row[] {
  const seconds = (after.at - before.at) / 1000
  const ok = after.ok - before.ok
  const wanted = (targets * seconds) / intervalSeconds
  const failed = after.failed - before.failed
  const share = (cpu: number) => `${((cpu / seconds) * 100).toFixed(0)} %`
  // Between two collections memory goes up and down: what says whether it grows is how low it comes, first and last.
  const lowest = (part: readonly number[]) => Math.min(...part)
  const growth = lowest(curve.slice(-points / 2)) / lowest(curve.slice(0, points / 2))
  const what = `${targets} targets every ${intervalSeconds} s for ${minutes} min`
  return [
    {
      what: `${what}: scrapes that succeeded`,
      measured: `${ok} of ${wanted.toFixed(0)}, ${failed} failed, ${times.down} targets ever down`,
      ratio: ok / wanted,
      target: { text: 'ratio >= 0.99, none failed', met: ok / wanted >= 0.99 && failed === 0 },
    },
    {
      what: 'as Prometheus has it',
      measured: `scrape p50 ${(times.p50 * 1000).toFixed(1)} ms, p99 ${(times.p99 * 1000).toFixed(1)} ms`,
    },
    { what: 'dials meanwhile', measured: String(after.dials - before.dials) },
    {
      what: 'share of one core',
      measured: `bridge ${share(after.bridgeCpu - before.bridgeCpu)}`,
      against: `prometheus: ${share(after.prometheusCpu - before.prometheusCpu)}`,
    },
    {
      what: "the bridge's memory, MiB",
      measured: curve.map(mib => mib.toFixed(0)).join(' '),
      ratio: growth,
      target: { text: 'lowest of each half: ratio <= 1.15', met: growth <= 1.15 },
    },
  ]
}
