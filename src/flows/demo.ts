import type { EdgeConnection, Overlay } from '../edge/index.js'
import type { CheckResult } from '../model/check.js'
import type { ClusterDeployment, Deployments, LocalDeployment } from '../model/deployment.js'
import type { Scraper } from '../model/scrape.js'
import { scrapeJob } from '../render/index.js'
import { keyOf } from '../tunnel/index.js'
import { hostReflect } from './host-reflect.js'
import { hostTcp } from './host-tcp.js'

/** What the demo runs on; whoever starts it sees to files, ports and programs. */
export type DemoDeps = {
  /** The overlay as an identity of the spec; closed by whoever opened it. */
  overlayOf(identity: string): Promise<Overlay>
  /** A bridge for a Prometheus; its address as `proxy_url`. */
  startBridge(identity: string): Promise<{ readonly url: string; close(): Promise<void> }>
  /** A stock Prometheus; undefined when there is none on this machine. */
  readonly startPrometheus:
    | ((name: string, config: object) => Promise<{ readonly port: number; stop(): Promise<void> }>)
    | undefined
  readonly say: (line: string) => void
}

/** Whatever was started, to be ended in turn. */
export type Demo = { close(): Promise<void> }

/**
 * The whole article on one machine: the workloads of both clusters, a Prometheus for each and one of one's own, all on the
 * overlay and nowhere else. Throws what the overlay throws; then nothing is left running.
 */
export async function startDemo({ clusters, local }: Deployments, deps: DemoDeps): Promise<Demo> {
  const closers: Closers = []
  const close = () => closeAll(closers)
  try {
    for (const cluster of clusters) await hostWorkload(cluster, deps, closers)
    for (const cluster of clusters) await runPrometheus(placeOfCluster(cluster), deps, closers)
    if (local !== undefined) await runPrometheus(placeOfLocal(local), deps, closers)
    return { close }
  } catch (error) {
    // Why it did not start says more than what did not end after that.
    await close().catch(() => undefined)
    throw error
  }
}

// What runs, each pushed the moment it does: what comes after it may fail.
type Closers = (() => Promise<void>)[]

// The last started first. One that does not end well keeps nobody from ending the rest.
async function closeAll(closers: Closers): Promise<void> {
  const failures: unknown[] = []
  for (const end of closers.splice(0).toReversed()) await end().catch(error => failures.push(error))
  if (failures.length > 0) throw failures[0]
}

async function hostWorkload({ name, reflect }: ClusterDeployment, deps: DemoDeps, closers: Closers): Promise<void> {
  if (reflect === undefined) return
  deps.say(`${name}: the workload, as ${reflect.identity}`)
  const { close } = await hostReflect(await deps.overlayOf(reflect.identity), reflect, () => undefined)
  closers.push(close)
}

type Server = {
  readonly name: string
  readonly scraper: Scraper
  readonly service: string
  /** Who offers it: ziti-host by the host.v1 config of the service, a dark Prometheus itself and under its name. */
  readonly hostedBy: string
  /** Where the host.v1 config has it: in its cluster. */
  readonly inCluster: { readonly host: string; readonly port: number } | undefined
}

function placeOfCluster({ name, dark, scraper, prometheus, zitiHost }: ClusterDeployment): Server {
  const { service, identity, server } = prometheus
  if (dark || zitiHost === undefined) return { name, scraper, service, hostedBy: identity, inCluster: undefined }
  return { name, scraper, service, hostedBy: zitiHost.identity, inCluster: { host: server, port: 80 } }
}

function placeOfLocal({ scraper, prometheus }: LocalDeployment): Server {
  const { service, identity } = prometheus
  return { name: 'local', scraper, service, hostedBy: identity, inCluster: undefined }
}

async function runPrometheus(
  { name, scraper, service, hostedBy, inCluster }: Server,
  { startBridge, startPrometheus, overlayOf, say }: DemoDeps,
  closers: Closers,
): Promise<void> {
  if (startPrometheus === undefined) return
  const how = inCluster === undefined ? '' : `, as the host.v1 config of ${service} says`
  say(`${name}: a stock Prometheus behind a bridge as ${scraper.identity}, offered by ${hostedBy}${how}`)
  const bridge = await startBridge(scraper.identity)
  closers.push(bridge.close)
  const prometheus = await startPrometheus(name, stockConfig(scraper, bridge.url))
  closers.push(prometheus.stop)
  const here = { host: '127.0.0.1', port: prometheus.port }
  const by =
    inCluster === undefined
      ? { to: here, terminator: hostedBy }
      : { to: undefined, terminator: undefined, elsewhere: new Map([[keyOf(inCluster), here]]) }
  const quiet = { idleMs: 0, onState: () => undefined, onError: () => undefined, onNotice: say }
  const hosting = await hostTcp(await overlayOf(hostedBy), { service, ...by, ...quiet })
  closers.push(hosting.close)
}

// The jobs as they are rendered for a stock Prometheus, scraped often enough for a demo.
function stockConfig({ jobs }: Scraper, bridgeUrl: string): object {
  return {
    global: { scrape_interval: '2s', scrape_timeout: '2s' },
    scrape_configs: jobs.map(job => scrapeJob({ ...job, interval: '2s' }, { kind: 'prometheus', bridgeUrl }, '')),
  }
}

/** Sends lines to a workload as the article does with netcat, each over a connection of its own. Throws EdgeError. */
export async function sendLines(
  overlay: Pick<Overlay, 'dial'>,
  service: string,
  lines: readonly string[],
): Promise<CheckResult> {
  const answers: string[] = []
  for (const line of lines) {
    const connection = await overlay.dial(service)
    connection.end(`${line}\n`)
    answers.push((await readAll(connection)).trim())
  }
  const good = answers.every((answer, index) => answer === `you sent me: ${lines[index]}`)
  const id = `echo/${service}`
  const title = `${service} gives back what it is sent`
  const detail = answers.at(-1) ?? ''
  return good ? { id, title, result: 'pass', detail } : { id, title, result: 'fail', detail, hint: 'see what hosts it' }
}

async function readAll(connection: EdgeConnection): Promise<string> {
  let text = ''
  for await (const piece of connection) text += String(piece)
  return text
}
