import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { dump, load } from 'js-yaml'
import { findFreePorts } from '../../src/cli/sandbox/ports.js'
import { type Controller, fetchRouters } from '../../src/controller/index.js'
import { asRaw, record, text } from '../../src/kinds/index.js'
import { overlayProgram, type TestOverlay } from './overlay.js'

/** A real edge router in a process of its own, which can end and come back while the controller goes on. */
export type TestRouter = {
  readonly name: string
  /** As clients are told of it. */
  readonly url: string
  /** Ends it at once. */
  kill(): Promise<void>
  /** Stops it where it is, as a machine that hangs; `thaw` lets it go on. */
  freeze(): void
  thaw(): void
  /** Brings it back, and waits until the controller has it. */
  start(): Promise<void>
  /** Waits until the controller has it, after it was the controller that ended. */
  untilOnline(): Promise<void>
  /** Ends it and removes what it kept; the controller still knows its name. */
  stop(): Promise<void>
}

/** Adds a router to an overlay: enrolled, running, and online. Any identity may use it (role `public`). */
export async function addRouter(overlay: TestOverlay, name: string): Promise<TestRouter> {
  const { path: program } = await overlayProgram()
  const folder = await mkdtemp(join(tmpdir(), 'zprom-router-'))
  const [port = 0, linkPort = 0] = await findFreePorts(2)
  const config = join(folder, 'router.yaml')
  await writeFile(config, dump(await configOf(overlay, folder, port, linkPort)))
  const controller = overlay.admin()
  await ensurePolicies(controller)
  const { id } = await controller.create('/edge-routers', {
    name,
    roleAttributes: ['public'],
    isTunnelerEnabled: false,
  })
  const [row] = await controller.list('/edge-routers', `id = "${id}"`)
  const jwt = join(folder, 'router.jwt')
  await writeFile(jwt, text(asRaw(row, 'router'), 'enrollmentJwt', 'router'))
  await finish(run(program, ['router', 'enroll', config, '--jwt', jwt]))
  let child: ChildProcess | undefined
  const kill = async () => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'close')
    child.kill('SIGKILL')
    await ended
  }
  let said = () => ''
  const untilOnline = async () => {
    const deadline = Date.now() + 60_000
    while (!(await fetchRouters(controller)).some(router => router.name === name && router.isOnline)) {
      assert.equal(child?.exitCode, null, said())
      assert.ok(Date.now() < deadline, `${name} is not online: ${said()}`)
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }
  const start = async () => {
    const started = run(program, ['router', 'run', config])
    child = started.child
    said = started.said
    await untilOnline()
  }
  await start()
  return {
    name,
    url: `tls://localhost:${port}`,
    kill,
    start,
    untilOnline,
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    stop: async () => {
      await kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

// As a quickstart makes them beside its own router; without one, ziti leaves them out.
async function ensurePolicies(controller: Controller): Promise<void> {
  const policies = [
    [
      '/edge-router-policies',
      'all-endpoints-public-routers',
      { edgeRouterRoles: ['#public'], identityRoles: ['#all'] },
    ],
    [
      '/service-edge-router-policies',
      'all-routers-all-services',
      { edgeRouterRoles: ['#all'], serviceRoles: ['#all'] },
    ],
  ] as const
  for (const [path, name, roles] of policies) {
    const there = await controller.list(path, `name = "${name}"`)
    if (there.length === 0) await controller.create(path, { name, semantic: 'AnyOf', ...roles })
  }
}

// The controller's own config, somewhere in its home, says where it waits for routers.
async function configOf({ home }: TestOverlay, folder: string, port: number, linkPort: number): Promise<object> {
  assert.ok(home !== undefined, 'the overlay is not ours')
  const path = (await readdir(home, { recursive: true })).find(name => basename(name) === 'ctrl.yaml')
  assert.ok(path !== undefined, `no ctrl.yaml in ${home}`)
  const ctrl = record(asRaw(load(await readFile(join(home, path), 'utf8')), 'ctrl.yaml'), 'ctrl', 'ctrl.yaml')
  const file = (name: string) => join(folder, name)
  const names = { dns: ['localhost'], ip: ['127.0.0.1'] }
  return {
    v: 3,
    identity: {
      cert: file('client.cert'),
      server_cert: file('server.cert'),
      key: file('router.key'),
      ca: file('cas.cert'),
    },
    ctrl: { endpoint: text(ctrl, 'listener', 'ctrl').replace('0.0.0.0', 'localhost'), dataDir: folder },
    link: {
      dialers: [{ binding: 'transport' }],
      listeners: [{ binding: 'transport', bind: `tls:127.0.0.1:${linkPort}`, advertise: `tls:localhost:${linkPort}` }],
    },
    listeners: [{ binding: 'edge', address: `tls:127.0.0.1:${port}`, options: { advertise: `localhost:${port}` } }],
    edge: { heartbeatIntervalSeconds: 20, csr: { organization: 'zprom', sans: names } },
  }
}

function run(program: string, args: readonly string[]) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', piece => {
      log = `${log}${piece}`.slice(-10_000)
    })
  return { child, said: () => log }
}

async function finish({ child, said }: ReturnType<typeof run>): Promise<void> {
  const [code] = await once(child, 'close')
  assert.equal(code, 0, said())
}
