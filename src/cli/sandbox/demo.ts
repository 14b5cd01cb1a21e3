import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Overlay } from '../../edge/index.js'
import { createEnroller, makeKey, parseIdentityFile } from '../../enroll/index.js'
import { FileError } from '../../errors.js'
import { runBridge } from '../../flows/bridge.js'
import { converge } from '../../flows/converge.js'
import { type Demo, type DemoDeps, startDemo } from '../../flows/demo.js'
import { openOverlayAs } from '../../flows/overlay.js'
import type { CheckResult } from '../../model/check.js'
import type { Listener } from '../../report/events.js'
import type { Spent } from '../../report/spent.js'
import { hasPrometheus, startPrometheus } from '../../tools/prometheus.js'
import { openLocalPort } from '../../tunnel/index.js'
import { wantedSession } from '../environment.js'
import { nodeFiles } from '../files.js'
import { type Interpreted, interpret, readSpecFile, requireText, timeoutMs, withDeps } from '../workspace.js'
import { prove } from './demo-proof.js'
import { findFreePorts } from './ports.js'

/** What the demo needs of whoever runs it. */
export type DemoRun = {
  /** Folder for the spec and all that comes of it. */
  readonly work: string
  /** Login profile of the sandbox. */
  readonly profile: string
  readonly version: string
  readonly listener: Listener
  readonly signal: AbortSignal
  readonly say: (line: string) => void
}

/** A demo that runs: what was proved, and where to look. */
export type RunningDemo = {
  readonly checks: readonly CheckResult[]
  /** Name of a Prometheus -> address on this machine. */
  readonly addresses: ReadonlyMap<string, string>
  /** Requests to the controller, and how long the proof took. */
  readonly spent: Spent
  close(): Promise<void>
}

const developer = 'dev.client'

const specText = (profile: string) => `# The article on one machine; made by "zprom sandbox demo".
stack: article
overlay:
  profile: ${profile}
clusters:
  - name: kubeA
    prometheus: tunneled
    scrape: [kubeA.reflect, kubeB.reflect]
  - name: kubeB
    prometheus: dark
local:
  dark: true
developers:
  - name: ${developer}
    enroll: true
`

/** Builds the article on a sandbox that runs, and proves it. Whatever goes wrong, nothing of it is left running. */
export async function runSandboxDemo(run: DemoRun): Promise<RunningDemo> {
  const interpreted = await provision(run)
  const overlays = new Map<string, Promise<Overlay>>()
  const overlayOf = (identity: string) => {
    const there = overlays.get(identity) ?? openIdentity(identity, interpreted)
    overlays.set(identity, there)
    return there
  }
  const closeOverlays = async () => {
    // One that could not be opened has nothing to close.
    const closing = [...overlays.values()].map(overlay => overlay.then(one => one.close()))
    await Promise.allSettled(closing)
  }
  let demo: Demo | undefined
  try {
    const deps = await makeDemoDeps(run, interpreted, overlayOf)
    demo = await startDemo(interpreted.deployments, deps)
    const running = demo
    const overlay = await overlayOf(developer)
    const asksPrometheus = deps.startPrometheus !== undefined
    const { checks, spent } = await prove(run, { interpreted, overlay, developer, asksPrometheus })
    const { addresses, close } = await openAddresses(interpreted, overlay, run.say)
    const end = async () => {
      await close()
      await running.close()
      await closeOverlays()
    }
    return { checks, addresses, spent, close: end }
  } catch (error) {
    await demo?.close().catch(() => undefined)
    await closeOverlays()
    throw error
  }
}

async function provision({ work, profile, listener, signal, say }: DemoRun): Promise<Interpreted> {
  await mkdir(work, { recursive: true })
  const path = join(work, 'zprom.yaml')
  if ((await nodeFiles.read(path)) === undefined) await nodeFiles.write(path, specText(profile))
  const file = await readSpecFile(path)
  const interpreted = await interpret(requireText(file), file, [])
  const run = { listener, signal, flags: { profile, parallel: 8 } }
  const { report } = await withDeps(run, interpreted.spec.overlay, deps =>
    converge(
      interpreted.inputs,
      { algorithm: 'ec-p256', confirm: async () => true, beforeApply: async () => undefined },
      deps,
    ),
  )
  const made = report?.outcomes.filter(({ action }) => action === 'create').length ?? 0
  say(`provisioned kubeA, kubeB, the local Prometheus and ${developer}: ${made} entities made`)
  return interpreted
}

// The pod of ziti-host enrolls with its token; here there is no pod.
async function openIdentity(identity: string, { inputs }: Interpreted): Promise<Overlay> {
  const wish = inputs.topology.enrollments.find(one => one.identity === identity)
  const path = join(inputs.outDir, wish?.path.replace(/\.jwt$/, '.json') ?? identity)
  const text = (await nodeFiles.read(path)) ?? (await enrollToken(path))
  return openOverlayAs(identity, parseIdentityFile(text, { name: identity }), {
    timeoutMs,
    now: Date.now,
    wanted: wantedSession(),
  })
}

async function enrollToken(path: string): Promise<string> {
  const jwt = await nodeFiles.read(path.replace(/\.json$/, '.jwt'))
  if (jwt === undefined) {
    throw new FileError(
      `${path}: neither an identity file nor a token is here, and the identity was enrolled by somebody else`,
      path,
      'put its identity file there, use the --work folder of the demo that has it, or begin with a new network: zprom sandbox down --purge',
    )
  }
  const enroller = createEnroller({ timeoutMs, now: Date.now, parallel: 1, ca: undefined })
  try {
    const { identityFile } = await enroller.enroll(jwt.trim(), await makeKey('ec-p256'))
    await nodeFiles.keepSecret(path, identityFile)
    return identityFile
  } finally {
    enroller.close()
  }
}

async function makeDemoDeps(
  run: DemoRun,
  interpreted: Interpreted,
  overlayOf: DemoDeps['overlayOf'],
): Promise<DemoDeps> {
  const there = await hasPrometheus()
  if (!there)
    run.say('prometheus is not installed (Debian: apt-get install prometheus): left out, and what it would prove')
  return {
    overlayOf,
    say: run.say,
    startBridge: startBridgeOf(run, interpreted),
    startPrometheus: there ? startServerIn(run) : undefined,
  }
}

function startBridgeOf(run: DemoRun, interpreted: Interpreted): DemoDeps['startBridge'] {
  return async identity => {
    const spec = join(run.work, 'zprom.yaml')
    const bridge = await runBridge(
      {
        // Its own: it is closed with the bridge.
        overlay: await openIdentity(identity, interpreted),
        ...{ identity, host: '127.0.0.1', port: 0, token: undefined },
        limits: { timeoutMs: 4500, responseBytes: 64 * 1024 * 1024, perService: 32 },
        version: run.version,
      },
      {
        spec: { read: () => nodeFiles.read(spec), shown: spec },
        listener: run.listener,
        ...{ clock: () => performance.now(), now: Date.now, onAccess: undefined },
        onBug: error => run.say(error instanceof Error ? (error.stack ?? error.message) : String(error)),
      },
    )
    return { url: `http://127.0.0.1:${bridge.port}`, close: () => bridge.close(1000) }
  }
}

function startServerIn({ work }: DemoRun): NonNullable<DemoDeps['startPrometheus']> {
  return async (name, config) => {
    const folder = join(work, 'prometheus', name)
    const path = join(folder, 'prometheus.yml')
    await nodeFiles.write(path, JSON.stringify(config, undefined, 2))
    const [port = 0] = await findFreePorts(1)
    return startPrometheus({ config: path, data: join(folder, 'data'), port })
  }
}

async function openAddresses({ deployments }: Interpreted, overlay: Overlay, say: (line: string) => void) {
  const { clusters, local } = deployments
  const servers =
    local === undefined ? clusters : [...clusters, { name: 'local', dark: true, prometheus: local.prometheus }]
  const opened = await Promise.all(
    servers.map(async ({ name, dark, prometheus: { service, identity } }) => {
      const destination = { service, ...(dark && { identity }) }
      const onError = (error: Error) => say(error.message)
      const proxied = await openLocalPort(overlay, { port: 0, destination, idleMs: 0, onError })
      return { name, proxied }
    }),
  )
  const addresses = new Map(opened.map(({ name, proxied }) => [name, `http://127.0.0.1:${proxied.port}/`]))
  return { addresses, close: async () => void (await Promise.all(opened.map(({ proxied }) => proxied.close()))) }
}
