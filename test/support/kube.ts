// Two real Kubernetes API servers on loopback, over one etcd. There is no kubelet and no controller: objects stay as they
// were written, no pod ever runs.
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { findFreePorts } from '../../src/cli/sandbox/ports.js'
import { startEgress } from './kube-egress.js'
import { type Running, type Server, startEtcd, startServer, type Tokens, waitUntilReady } from './kube-server.js'
import { findTools, howToBuild, type Tools } from './tools.js'

/** The API servers of a run, and an environment in which helm and kubectl find them. */
export type TestKube = {
  /**
   * Its contexts: `kubeA-ctx` and `kubeB-ctx` are administrators of the two clusters, `arn:aws:eks:x/kubeA` is the first
   * under another name, `norights-ctx` may nothing there, and behind `gone-ctx` nobody listens. None is current.
   */
  readonly kubeconfig: string
  /** PATH with kubectl and helm 3, KUBECONFIG, and folders of helm's own; nothing of the machine's. */
  readonly env: Readonly<Record<string, string>>
  /** The same with helm 4. */
  readonly env4: Readonly<Record<string, string>>
  /** Runs kubectl; its stdout. */
  kubectl(context: KubeContext, ...args: readonly string[]): Promise<string>
  /** Leads an address of the clusters, such as 10.9.9.9:9090, to a port on loopback. */
  route(address: string, port: number): void
  /** Makes a namespace in both clusters that no other case has; its name. */
  newNamespace(): Promise<string>
  stop(): Promise<void>
}

export type KubeContext = 'kubeA-ctx' | 'kubeB-ctx' | 'arn:aws:eks:x/kubeA' | 'norights-ctx' | 'gone-ctx'

let shared: Promise<TestKube> | undefined

/** One pair of servers for all cases: each uses a namespace of its own. */
export function sharedKube(): Promise<TestKube> {
  shared ??= startKube()
  return shared
}

/** Stops them, if they were started. */
export async function stopKube(): Promise<void> {
  const kube = await shared?.catch(() => undefined)
  await kube?.stop()
}

/** What is missing on this machine for them to start, as the reason of a skipped case; undefined when nothing is. */
export async function whyNoKube(): Promise<string | undefined> {
  const { kubeApiserver, kubectl, helm3, helm4 } = await findTools()
  const programs = { 'kube-apiserver': kubeApiserver, kubectl, 'helm 3': helm3, 'helm 4': helm4 }
  const missing = Object.entries(programs).find(([, path]) => path === undefined)
  if (missing !== undefined) return `there is no ${missing[0]}; ${howToBuild}`
  if ((await execa('etcd', ['--version'], { reject: false })).failed)
    return 'etcd is not installed (Debian package etcd-server)'
  return undefined
}

async function startKube(): Promise<TestKube> {
  const missing = await whyNoKube()
  if (missing !== undefined) throw new Error(missing)
  const tools = await findTools()
  const folder = await mkdtemp(join(tmpdir(), 'zprom-kube-'))
  const running: Running[] = []
  const egress = await startEgress(join(folder, 'egress.sock'))
  const stop = async () => {
    // Nothing of theirs is kept, so they need no time to put it in order.
    for (const program of running) program.kill()
    await egress.stop()
    await Promise.all(running.map(({ ended }) => ended))
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const [etcdPort = 0, peerPort = 0, portA = 0, portB = 0, gonePort = 0] = await findFreePorts(5)
    const tokens = { admin: newToken(), nobody: newToken() }
    const egressFile = join(folder, 'egress.json')
    await writeFile(egressFile, JSON.stringify(egress.config))
    const etcd = `http://127.0.0.1:${etcdPort}`
    running.push(startEtcd(folder, etcd, `http://127.0.0.1:${peerPort}`))
    const start = async (name: string, port: number) => {
      const program = tools.kubeApiserver ?? ''
      const started = await startServer({ program, folder, name, port, etcd, tokens, egress: egressFile })
      running.push(started.running)
      return started
    }
    const a = await start('kubeA', portA)
    const b = await start('kubeB', portB)
    await Promise.all([a, b].map(one => waitUntilReady(one.server, tokens.admin, one.running)))
    const kubeconfig = join(folder, 'kubeconfig')
    await writeFile(kubeconfig, JSON.stringify(configOf({ a: a.server, b: b.server, gonePort, tokens })), {
      mode: 0o600,
    })
    return await describe({ folder, kubeconfig, tools, route: egress.route, stop })
  } catch (error) {
    await stop()
    throw error
  }
}

function newToken(): string {
  return randomBytes(16).toString('hex')
}

type Config = {
  readonly a: Server
  readonly b: Server
  readonly gonePort: number
  readonly tokens: Tokens
}

function configOf({ a, b, gonePort, tokens }: Config) {
  const cluster = (name: string, { url, caFile }: Server) => ({
    name,
    cluster: { server: url, 'certificate-authority': caFile },
  })
  const context = (name: KubeContext, at: string, user: string) => ({ name, context: { cluster: at, user } })
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [cluster('a', a), cluster('b', b), cluster('gone', { ...a, url: `https://127.0.0.1:${gonePort}` })],
    users: [
      { name: 'admin', user: { token: tokens.admin } },
      { name: 'nobody', user: { token: tokens.nobody } },
    ],
    contexts: [
      context('kubeA-ctx', 'a', 'admin'),
      context('kubeB-ctx', 'b', 'admin'),
      context('arn:aws:eks:x/kubeA', 'a', 'admin'),
      context('norights-ctx', 'a', 'nobody'),
      context('gone-ctx', 'gone', 'admin'),
    ],
  }
}

type Parts = {
  readonly folder: string
  readonly kubeconfig: string
  readonly tools: Tools
  readonly route: TestKube['route']
  readonly stop: () => Promise<void>
}

async function describe({ folder, kubeconfig, tools, route, stop }: Parts): Promise<TestKube> {
  const env = await environment(folder, 'bin', kubeconfig, { kubectl: tools.kubectl, helm: tools.helm3 })
  const env4 = await environment(folder, 'bin4', kubeconfig, { kubectl: tools.kubectl, helm: tools.helm4 })
  const kubectl: TestKube['kubectl'] = async (context, ...args) => {
    const { stdout } = await execa(tools.kubectl ?? '', ['--context', context, ...args], { env, stdin: 'ignore' })
    return stdout
  }
  const newNamespace = async () => {
    const name = `case-${randomBytes(4).toString('hex')}`
    await Promise.all([
      kubectl('kubeA-ctx', 'create', 'namespace', name),
      kubectl('kubeB-ctx', 'create', 'namespace', name),
    ])
    return name
  }
  return { kubeconfig, env, env4, kubectl, route, newNamespace, stop }
}

/** A folder with just these programs, first on the PATH. */
async function environment(
  folder: string,
  name: string,
  kubeconfig: string,
  programs: Readonly<Record<string, string | undefined>>,
): Promise<Record<string, string>> {
  const bin = join(folder, name)
  await mkdir(bin)
  for (const [program, path] of Object.entries(programs)) await symlink(path ?? '', join(bin, program))
  return {
    PATH: `${bin}:${process.env.PATH ?? ''}`,
    KUBECONFIG: kubeconfig,
    KUBECACHEDIR: join(folder, 'kube-cache'),
    HELM_CACHE_HOME: join(folder, `${name}-helm`, 'cache'),
    HELM_CONFIG_HOME: join(folder, `${name}-helm`, 'config'),
    HELM_DATA_HOME: join(folder, `${name}-helm`, 'data'),
  }
}
