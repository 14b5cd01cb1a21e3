import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openController } from '../../src/cli/open-controller.js'
import { markProcess, type ProcessMark, stopProcess } from '../../src/cli/process-mark.js'
import { findFreePorts } from '../../src/cli/sandbox/ports.js'
import { buildOverlay, findOverlayProgram, type OverlayProgram } from '../../src/cli/sandbox/program.js'
import { logOf, startOverlay } from '../../src/cli/sandbox/start.js'
import type { Controller } from '../../src/controller/index.js'
import { fetchRouters } from '../../src/controller/index.js'
import { probeServer } from '../../src/enroll/index.js'
import { ZpromError } from '../../src/errors.js'
import { asRaw } from '../../src/kinds/index.js'
import { suiteSecrets } from './secrets.js'

/** A real controller, and unless told otherwise an edge router, that a test may use. */
export type TestOverlay = {
  readonly url: string
  readonly username: string
  readonly password: string
  /** A file with the password, 0600. */
  readonly passwordFile: string
  /** PEM. */
  readonly ca: string
  /** A file with the CA. */
  readonly caFile: string
  /** Which line of OpenZiti it is of: what a case may declare that it needs. */
  readonly line: '0.28' | '1.x' | '2.x'
  /** Fresh and nobody else's; false for one that was running before (ZPROM_TEST_CONTROLLER). */
  readonly isOwn: boolean
  /** Folder of the program, with its keys; undefined when it is not ours. */
  readonly home: string | undefined
  /** Ends controller and router, at once (SIGKILL) or in order, and leaves their home; `start` brings them back there. */
  halt(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
  start(): Promise<void>
  /** Controller and router answer nothing, and close nothing, until what it gives is called. */
  freeze(): () => void
  /** A controller with a pool and session of its own, as its administrator or another; closed with the overlay. */
  admin(options?: { readonly url?: string; readonly username?: string; readonly password?: string }): Controller
  /** Has its sessions known as secrets; those of programs are nowhere else. */
  noteSessions(): Promise<void>
  stop(): Promise<void>
}

type Options = {
  readonly noRouter?: boolean
  /** Of the controller; a free one unless given. */
  readonly port?: number
}

const running = new Set<TestOverlay>()
let shared: Promise<TestOverlay> | undefined
let program: Promise<OverlayProgram> | undefined

/** Finds or builds the program, outside any test's time-out. */
export async function prepareOverlay(): Promise<void> {
  if (process.env.ZPROM_TEST_CONTROLLER === undefined) await overlayProgram()
}

/** One overlay for all cases that don't mind each other's entities: they use names of their own. */
export function sharedOverlay(): Promise<TestOverlay> {
  shared ??=
    process.env.ZPROM_TEST_CONTROLLER === undefined ? startTestOverlay() : useRunning(process.env.ZPROM_TEST_CONTROLLER)
  return shared
}

/** An overlay for one file or case alone; on the running one of ZPROM_TEST_CONTROLLER a case must skip (`requiresOwn`). */
export function freshOverlay(options: Options = {}): Promise<TestOverlay> {
  return startTestOverlay(options)
}

/** Whether fresh overlays can be started in this run. */
export function canStartOverlays(): boolean {
  return process.env.ZPROM_TEST_CONTROLLER === undefined
}

/** Has the sessions of all overlays that run known as secrets. */
export async function noteSessions(): Promise<void> {
  await Promise.all([...running].map(overlay => overlay.noteSessions()))
}

/** Stops everything that was started. */
export async function stopOverlays(): Promise<void> {
  await Promise.all([...running].map(overlay => overlay.stop()))
}

/**
 * The program that controllers and routers of the tests are of: overlay/ unless ZPROM_ZITI names another. A ziti that happens
 * to be on the PATH would make the outcome depend on the machine.
 */
export function overlayProgram(): Promise<OverlayProgram> {
  const say = (line: string) => process.stderr.write(`${line}\n`)
  program ??= process.env.ZPROM_ZITI
    ? findOverlayProgram(process.env, say)
    : buildOverlay(say).then(path => ({ path, kind: 'overlay' as const }))
  return program
}

async function startTestOverlay({ noRouter = false, port }: Options = {}): Promise<TestOverlay> {
  const { path, kind } = await overlayProgram()
  const folder = await mkdtemp(join(tmpdir(), 'zprom-overlay-'))
  const [freePort = 0, routerPort = 0] = await findFreePorts(2)
  const controllerPort = port ?? freePort
  const access = {
    url: `https://localhost:${controllerPort}`,
    username: 'admin',
    password: randomBytes(12).toString('hex'),
  }
  let mark: ProcessMark | undefined
  let end: string | undefined
  const start = async () => {
    const started = await startOverlay({
      program: path,
      kind,
      home: join(folder, 'home'),
      controllerPort,
      routerPort,
      username: access.username,
      password: access.password,
      noRouter,
      detached: false,
      waitMs: 120_000,
      onStart: async pid => {
        mark = await markProcess(pid)
      },
      isReady: () => isReady(access, noRouter),
    })
    const own = mark
    started.ended.then(code => {
      if (mark === own) end = code
    })
  }
  const halt: TestOverlay['halt'] = async signal => {
    const own = mark
    // From here on its end is no crash.
    mark = undefined
    if (own === undefined) return
    if (signal === 'SIGKILL') process.kill(own.pid, signal)
    await stopProcess(own, 15_000)
  }
  const freeze: TestOverlay['freeze'] = () => {
    const { pid } = mark ?? assert.fail('it does not run')
    process.kill(pid, 'SIGSTOP')
    return () => process.kill(pid, 'SIGCONT')
  }
  const stopProgram = async () => {
    const crash = end === undefined ? undefined : await describeCrash(end, join(folder, 'home'))
    await halt('SIGTERM')
    await rm(folder, { recursive: true, force: true })
    if (crash !== undefined) throw new Error(crash)
  }
  try {
    await start()
    return await describe(access, folder, { isOwn: true, start, halt, freeze, end: stopProgram })
  } catch (error) {
    await stopProgram()
    throw error
  }
}

// Cases that find nobody there say little about why: the log says more. From the first word of a Go panic, if there is one.
async function describeCrash(end: string, home: string): Promise<string> {
  const log = await readFile(logOf(home), 'utf8').catch(() => '')
  const panic = log.search(/^(panic|fatal error|SIG[A-Z]+):/m)
  const text = panic === -1 ? log.trimEnd().split('\n').slice(-20).join('\n') : log.slice(panic, panic + 4000)
  return `the overlay ended by itself (${end}):\n${text}`
}

async function useRunning(url: string): Promise<TestOverlay> {
  const { ZPROM_TEST_USERNAME: username = 'admin', ZPROM_TEST_PASSWORD: password } = process.env
  if (password === undefined)
    throw new Error('ZPROM_TEST_CONTROLLER needs ZPROM_TEST_PASSWORD (and ZPROM_TEST_USERNAME)')
  const folder = await mkdtemp(join(tmpdir(), 'zprom-overlay-'))
  const cannotNow = () => {
    throw new Error('what ran before is not stopped')
  }
  const cannot = async () => cannotNow()
  const end = () => rm(folder, { recursive: true, force: true })
  return describe({ url, username, password }, folder, {
    isOwn: false,
    start: cannot,
    halt: cannot,
    freeze: cannotNow,
    end,
  })
}

type Access = { readonly url: string; readonly username: string; readonly password: string }

type Handles = Pick<TestOverlay, 'isOwn' | 'start' | 'halt' | 'freeze'> & { readonly end: () => Promise<void> }

async function describe(access: Access, folder: string, handles: Handles): Promise<TestOverlay> {
  const { isOwn, start, halt, freeze, end } = handles
  const ca = await fetchCa(access.url)
  const passwordFile = join(folder, 'password')
  const caFile = join(folder, 'ca.pem')
  await writeFile(passwordFile, access.password, { mode: 0o600 })
  suiteSecrets.secret('the password of an overlay', access.password)
  await writeFile(caFile, ca)
  const controllers: Controller[] = []
  const admin: TestOverlay['admin'] = (other = {}) => {
    const controller = openAdmin({ ...access, ...other }, ca)
    controllers.push(controller)
    return controller
  }
  const overlay: TestOverlay = {
    ...access,
    passwordFile,
    ca,
    caFile,
    isOwn,
    start,
    halt,
    freeze,
    home: isOwn ? join(folder, 'home') : undefined,
    line: await findLine(admin()),
    admin,
    noteSessions: () => noteSessionsOf(access, ca),
    stop: async () => {
      running.delete(overlay)
      await noteSessionsOf(access, ca)
      for (const controller of controllers) controller.close()
      await end()
    },
  }
  running.add(overlay)
  return overlay
}

function openAdmin({ url, username, password }: Access, ca: string): Controller {
  const target = {
    url,
    ca,
    source: { username },
    via: '',
    login: { method: 'password' as const, username, password: async () => password },
    session: undefined,
    readOnly: false,
    profile: undefined,
  }
  return openController(target, { parallel: 8, timeoutMs: 30_000 })
}

// With a pool of its own: others may be closed. One that was halted tells nothing any more.
async function noteSessionsOf(access: Access, ca: string): Promise<void> {
  const controller = openAdmin(access, ca)
  try {
    const rows = await controller.list('/api-sessions')
    for (const row of rows) {
      const { token } = asRaw(row, 'session')
      if (typeof token === 'string') suiteSecrets.secret('a session', token)
    }
  } catch (error) {
    if (!(error instanceof ZpromError)) throw error
  } finally {
    controller.close()
  }
}

async function isReady(access: Access, noRouter: boolean): Promise<boolean> {
  const controller = openAdmin(access, await fetchCa(access.url))
  try {
    const routers = await fetchRouters(controller)
    return noRouter || routers.some(({ isOnline }) => isOnline)
  } finally {
    controller.close()
  }
}

async function fetchCa(url: string): Promise<string> {
  return (await probeServer(url, { timeoutMs: 10_000 })).bundle.join('')
}

async function findLine(controller: Controller): Promise<TestOverlay['line']> {
  await controller.list('/config-types')
  const major = /^v?(\d+)\./.exec(controller.version() ?? '')?.[1]
  return major === '1' ? '1.x' : major === '2' ? '2.x' : '0.28'
}
