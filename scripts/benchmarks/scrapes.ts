import { Agent, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { findFreePorts } from '../../src/cli/sandbox/ports.js'
import { buildOverlay } from '../../src/cli/sandbox/program.js'
import { bin, newPerson } from '../../test/support/cli.js'
import { freshOverlay } from '../../test/support/overlay.js'
import { until } from '../../test/support/world-checks.js'
import { startExporter } from './exporter.js'
import { canConnect, end, type Running, start, usageOf } from './processes.js'
import { formatMs, median, type Row, ratioRow } from './table.js'

const service = 't.reflect.scrape.svc'
const identity = 't.reflect.id'
const scrapes = 1000
const rounds = 5
// A bridge runs for weeks: until then a program in JavaScript is still being compiled, and one in Go is not.
const warmUps = 1000
const shortConnections = 10_000
const atOnce = 20
// A peer that hangs must not hold the rest up.
const mostMs = 150_000

/**
 * A scrape through `zprom bridge` beside the same through a tunneler (`ziti tunnel proxy`, or without a ziti program the Go
 * SDK of overlay/), in turns, by a client that keeps its connections as Prometheus does; then many short connections.
 */
export async function measureScrapes(say: (line: string) => void): Promise<Row[]> {
  const overlay = await freshOverlay()
  const person = await newPerson(overlay)
  const exporter = await startExporter()
  const running: Running[] = []
  const run: Run = async (program, args, ready) => {
    const child = await start(person, program, args, ready)
    running.push(child)
    return child
  }
  try {
    await person.write('zprom.yaml', 'clusters: [{name: t, prometheus: dark}]\n')
    await person.ok(['apply', '--yes'])
    const to = `127.0.0.1:${(exporter.address() as AddressInfo).port}`
    // A tunneler that dials a service cannot ask for an identity, so there is a terminator without one as well.
    for (const terminator of [identity, ''])
      await run(
        process.execPath,
        [bin, 'host', 'tcp', service, '--to', to, '--as', identity, '--terminator', terminator],
        /hosting/,
      )
    const tunneler = tunnelerOf(join(person.folder, 'zprom-out/t/t.prometheus.id.json'), { run, say })
    const finish = async (child: Running) => {
      running.splice(running.indexOf(child), 1)
      await end(child)
    }
    const world: World = { run, finish, tunneler, say }
    return [...(await scrapeRows(world)), await connectionsRow(world)]
  } finally {
    for (const child of running.toReversed()) await end(child)
    exporter.close()
    await overlay.stop()
    await person.leave()
  }
}

type Run = (program: string, args: readonly string[], ready: RegExp) => Promise<Running>
type Tunneler = { readonly name: string; start(port: number): Promise<Running> }
type World = {
  readonly run: Run
  finish(child: Running): Promise<void>
  readonly tunneler: Tunneler
  readonly say: (line: string) => void
}

const as = ['--as', 't.prometheus.id']

function tunnelerOf(file: string, { run, say }: Pick<World, 'run' | 'say'>): Tunneler {
  const { ZPROM_ZITI: ziti } = process.env
  const name = ziti ? 'ziti tunnel proxy' : 'proxy of the Go SDK'
  const start = async (port: number) => {
    const child = ziti
      ? await run(ziti, ['tunnel', 'proxy', '-i', file, `${service}:${port}`], /./)
      : await run(await buildOverlay(say), ['sdk', 'proxy', '--identity', file, '--port', `${port}`, service], /./)
    await until(`${name} listens`, () => canConnect(port))
    return child
  }
  return { name, start }
}

// What a process has of the machine's caches and processors lasts as long as it does, and makes more of a difference than all
// else: so some rounds with new ones, of which the middle counts.
async function scrapeRows({ run, finish, tunneler, say }: World): Promise<Row[]> {
  const all: [Times, Times][] = []
  for (let round = 1; round <= rounds; round += 1) {
    say(`measuring ${scrapes} scrapes, by turns (${round} of ${rounds})`)
    const [bridge = 0, tunnel = 0] = await findFreePorts(2)
    const listen = ['--listen', `127.0.0.1:${bridge}`, '--log', 'none']
    const begun = [
      await run(process.execPath, [bin, 'bridge', ...as, ...listen], /on http/),
      await tunneler.start(tunnel),
    ]
    const path = `http://${service}-${identity}:80/metrics`
    const both = await compare(
      scraper({ port: bridge, path, headers: { 'X-Prometheus-Scrape-Timeout-Seconds': '5' } }),
      scraper({ port: tunnel, path: '/metrics' }),
    )
    all.push(both)
    say(`p50 ${both.map(({ p50 }) => formatMs(p50)).join(` (${tunneler.name}: `)})`)
    for (const child of begun) await finish(child)
  }
  const ratioOf = ([ours, theirs]: [Times, Times]) => ours.p50 / theirs.p50
  const sorted = all.toSorted((one, other) => ratioOf(one) - ratioOf(other))
  const ratios = sorted.map(ratioOf)
  const [ours, theirs] = sorted[Math.floor(rounds / 2)] ?? [none, none]
  const range = `${ratios.at(0)?.toFixed(2)} to ${ratios.at(-1)?.toFixed(2)}`
  const { name } = tunneler
  const what = `scrape through the bridge, p50 of ${scrapes}, the middle of ${rounds} rounds (${range})`
  const rows = [
    ratioRow(what, ours.p50, { name, ms: theirs.p50 }, 1.2),
    { what: 'the same, p99', measured: formatMs(ours.p99), against: `${name}: ${formatMs(theirs.p99)}` },
  ]
  for (const row of rows) say(`${row.what}: ${row.measured} (${row.against})`)
  return rows
}

async function connectionsRow({ run, tunneler, say }: World): Promise<Row> {
  const [proxy = 0, tunnel = 0] = await findFreePorts(2)
  const place = [`${service}:${proxy}`, '--identity', identity]
  const ours = await run(process.execPath, [bin, 'proxy', ...place, ...as], /leads to/)
  const theirs = await tunneler.start(tunnel)
  say(`measuring ${shortConnections} short connections through zprom proxy`)
  const our = await many(proxy, ours)
  say(our.text)
  say(`measuring ${shortConnections} short connections through ${tunneler.name}`)
  const their = await many(tunnel, theirs)
  const isMet = our.done === shortConnections && our.failed === 0 && our.filesLeft <= 2
  return {
    what: `${shortConnections} short connections, ${atOnce} at once`,
    measured: our.text,
    against: `${tunneler.name}: ${their.text}`,
    ratio: our.perOne / their.perOne,
    target: { text: 'none failed, no file left', met: isMet },
  }
}

type Scrape = () => Promise<number>
type Times = { readonly p50: number; readonly p99: number }

const none: Times = { p50: Number.NaN, p99: Number.NaN }

// By turns, so that whatever else the machine does befalls both.
async function compare(...both: readonly [Scrape, Scrape]): Promise<[Times, Times]> {
  const times: [number[], number[]] = [[], []]
  for (const scrape of both) for (let index = 0; index < warmUps; index += 1) await scrape()
  for (let index = 0; index < scrapes; index += 1) for (const at of [0, 1] as const) times[at].push(await both[at]())
  const summed = (all: number[]) => {
    const sorted = all.toSorted((one, other) => one - other)
    return { p50: median(all), p99: sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN }
  }
  return [summed(times[0]), summed(times[1])]
}

type Request = { readonly port: number; readonly path: string; readonly headers?: Readonly<Record<string, string>> }

function scraper({ port, path, headers = {} }: Request): Scrape {
  const agent = new Agent({ keepAlive: true })
  return () => ask({ port, path, headers: { ...headers, 'Accept-Encoding': 'gzip' } }, agent)
}

function ask({ port, path, headers = {} }: Request, agent: Agent | false): Promise<number> {
  const started = performance.now()
  return new Promise((resolve, reject) => {
    const asking = get({ host: '127.0.0.1', port, path, headers, agent, timeout: 10_000 }, response => {
      response.resume().on('end', () => {
        if (response.statusCode === 200) resolve(performance.now() - started)
        else reject(new Error(`${response.statusCode} ${response.statusMessage}`))
      })
      response.on('error', reject)
    })
    asking.on('error', reject).on('timeout', () => asking.destroy(new Error('no answer in time')))
  })
}

async function many(port: number, child: Running) {
  const before = await usageOf(child)
  const started = performance.now()
  let [done, failed] = [0, 0]
  const work = async () => {
    while (done < shortConnections && performance.now() - started < mostMs) {
      done += 1
      await ask({ port, path: '/1' }, false).catch(() => failed++)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  const ms = performance.now() - started
  // Sockets take a moment to be gone.
  await until('what was open is closed', async () => (await usageOf(child)).files <= before.files + 2).catch(
    () => undefined,
  )
  const after = await usageOf(child)
  const filesLeft = after.files - before.files
  const memory = `${before.rssMiB.toFixed(0)} -> ${after.rssMiB.toFixed(0)} MiB`
  const cpu = `${(after.cpuSeconds - before.cpuSeconds).toFixed(1)} s CPU`
  const text = `${done} in ${formatMs(ms)}, ${failed} failed, ${filesLeft} files left, ${cpu}, ${memory}`
  return { perOne: ms / done, done, failed, filesLeft, text }
}
