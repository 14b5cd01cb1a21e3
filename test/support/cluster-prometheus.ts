// A real Prometheus on loopback that an API server takes for one of its cluster: with a Service, a Deployment, a pod on a
// node. What only a kubelet can do, a few lines do here: they hand out the log of the sidecar. Nothing runs in containers.
import assert from 'node:assert/strict'
import { generateKeyPairSync, randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { parse } from 'yaml'
import { findFreePorts } from '../../src/cli/sandbox/ports.js'
import { makeCertificate } from '../unit/enroll-certificates.js'
import type { LiveWorld } from './live-world.js'

export type ClusterPrometheus = {
  /** Where it listens, for stock scrape jobs of it. */
  readonly target: string
  /** Does what kubelet and sidecar do with a new configuration; whether Prometheus took it. */
  load(text: string): Promise<boolean>
  /** Has the sidecar say something. */
  log(text: string): void
  stop(): Promise<void>
}

/** Whether there is a Prometheus on this machine. */
export async function hasPrometheus(): Promise<boolean> {
  return !(await execa('prometheus', ['--version'], { reject: false })).failed
}

/** Starts it, and writes down in the API server what a cluster would. */
export async function startClusterPrometheus(world: LiveWorld, release: string): Promise<ClusterPrometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'zprom-prometheus-'))
  const [port = 0] = await findFreePorts(1)
  const target = `127.0.0.1:${port}`
  const config = join(folder, 'prometheus.yml')
  await writeFile(config, 'scrape_configs: []\n')
  const output = { file: join(folder, 'log') }
  const run = execa(
    'prometheus',
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${target}`,
      '--web.enable-lifecycle',
    ],
    { stdin: 'ignore', stdout: output, stderr: output, reject: false },
  )
  const lines: string[] = []
  const kubelet = await startKubelet(lines)
  const stop = async () => {
    run.kill()
    await run
    kubelet.closeAllConnections()
    kubelet.close()
    await world.kubectl('delete', 'node', `node-${world.namespace}`)
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await untilReady(target, join(folder, 'log'))
    await register(world, { release, port, kubeletPort: (kubelet.address() as AddressInfo).port })
  } catch (error) {
    await stop()
    throw error
  }
  return {
    target,
    load: async text => {
      await writeFile(config, text)
      return (await fetch(`http://${target}/-/reload`, { method: 'POST' })).ok
    },
    log: text =>
      lines.push(`${new Date().toISOString().replace('Z', `${String(lines.length).padStart(6, '0')}Z`)} ${text}`),
    stop,
  }
}

// Until a second has passed since the first load, too: Prometheus tells that time in whole seconds.
async function untilReady(target: string, log: string): Promise<void> {
  const deadline = Date.now() + 20_000
  for (;;) {
    const answer = await fetch(`http://${target}/api/v1/status/runtimeinfo`).catch(() => undefined)
    const loadedAt = answer?.ok === true ? Date.parse(parse(await answer.text()).data.lastConfigTime) : undefined
    if (loadedAt !== undefined && Date.now() >= loadedAt + 1000) return
    assert.ok(Date.now() < deadline, `Prometheus was not ready in time:\n${await readFile(log, 'utf8')}`)
    await sleep(50)
  }
}

// Answers for every container what the sidecar has said, as a kubelet does: https://…/containerLogs/NS/POD/CONTAINER.
async function startKubelet(lines: readonly string[]): Promise<Server> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' })
  const cert = (await makeCertificate(privateKey)).toString('pem')
  const server = createServer({ key, cert }, (asked, answer) => {
    const { searchParams } = new URL(asked.url ?? '', 'https://kubelet')
    // In whole seconds, whatever was asked for.
    const since = Date.parse(searchParams.get('sinceTime') ?? '1970-01-01T00:00:00Z')
    const tail = Number(searchParams.get('tailLines') ?? lines.length)
    const told = lines.filter(line => Date.parse(line.slice(0, line.indexOf(' '))) >= since).slice(-tail)
    answer.end(told.map(line => `${line}\n`).join(''))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

type Places = { readonly release: string; readonly port: number; readonly kubeletPort: number }

async function register(world: LiveWorld, { release, port, kubeletPort }: Places): Promise<void> {
  const name = world.configMap
  const node = `node-${world.namespace}`
  const address = () => `10.${randomInt(1, 255)}.${randomInt(255)}.${randomInt(1, 255)}`
  const [podIp, nodeIp] = [address(), address()]
  world.kube.route(`${podIp}:9090`, port)
  world.kube.route(`${nodeIp}:10250`, kubeletPort)
  const labels = { app: 'prometheus', component: 'server', release }
  const containers = ['prometheus-server-configmap-reload', 'prometheus-server'].map(one => ({ name: one, image: one }))
  const template = { metadata: { labels }, spec: { containers } }
  const targetRef = { kind: 'Pod', namespace: world.namespace, name: 'p-0' }
  const objects = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } },
    { apiVersion: 'v1', kind: 'Node', metadata: { name: node } },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name },
      spec: { selector: { matchLabels: labels }, template },
    },
    { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p-0', labels }, spec: { containers, nodeName: node } },
    { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { ports: [{ port: 80, targetPort: 9090 }] } },
    {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { name },
      subsets: [{ addresses: [{ ip: podIp, targetRef }], ports: [{ port: 9090 }] }],
    },
  ]
  for (const object of objects) await create(world, object)
  const status = (kind: string, of: string, value: object) =>
    world.kubectl(
      'patch',
      kind,
      of,
      '--subresource=status',
      '--type=merge',
      '--patch',
      JSON.stringify({ status: value }),
    )
  const addresses = [{ type: 'InternalIP', address: nodeIp }]
  await status('node', node, { addresses, daemonEndpoints: { kubeletEndpoint: { Port: 10250 } } })
  await status('pod', 'p-0', { phase: 'Running', podIP: podIp, podIPs: [{ ip: podIp }] })
}

async function create(world: LiveWorld, object: object): Promise<void> {
  const args = ['--context', 'kubeA-ctx', '--namespace', world.namespace, 'create', '--filename', '-']
  await execa('kubectl', args, { env: world.kube.env, input: JSON.stringify(object) })
}
