import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import envPaths from 'env-paths'
import { fetchVersion } from '../../controller/index.js'
import { FileError } from '../../errors.js'
import { fetchRouters } from '../../verify/index.js'
import { openController, selectTarget } from '../connection.js'
import { nodeFiles } from '../files.js'
import { logIn } from '../login.js'
import { type Profile, readProfiles, updateProfiles, withoutProfile } from '../profiles.js'
import { timeoutMs } from '../workspace.js'
import { findFreePorts, isFree } from './ports.js'
import { isRunning, markProcess, type ProcessMark, stopProcess } from './process.js'
import { findOverlayProgram } from './program.js'
import { startOverlay } from './start.js'

/** The profile that commands use for the sandbox. */
export const sandboxProfile = 'sandbox'

// A first start makes keys and a database; on a busy machine that takes a while.
const startWaitMs = 120_000
const stopWaitMs = 15_000

/** What is remembered of a sandbox between commands; kept 0600 in its folder, without the password. */
type SandboxState = {
  readonly url: string
  readonly controllerPort: number
  readonly routerPort: number
  readonly program: string
  readonly process?: ProcessMark
}

export type SandboxStatus = {
  readonly running: boolean
  readonly folder: string
  readonly url: string | null
  readonly version: string | null
  readonly routersOnline: number
  readonly pid: number | null
}

/** Where the sandbox lives unless told otherwise: the platform's place for data. */
export function defaultFolder(): string {
  return join(envPaths('zprom', { suffix: '' }).data, 'sandbox')
}

/** Starts the sandbox, or leaves it be when it runs; then `sandbox` is a profile that is logged in. */
export async function sandboxUp(given: string, say: (line: string) => void): Promise<SandboxStatus> {
  const folder = resolve(given)
  const known = await readState(folder)
  if (known?.process !== undefined && (await isRunning(known.process))) return sandboxStatus(folder)
  const program = await findOverlayProgram(process.env, say)
  const [controllerPort, routerPort] = await choosePorts(known)
  const state: SandboxState = {
    url: `https://localhost:${controllerPort}`,
    controllerPort,
    routerPort,
    program: program.path,
  }
  const passwordFile = await keepPassword(folder)
  if (known === undefined) await updateProfiles(store => withoutProfile(store, sandboxProfile))
  say(`starting a controller and an edge router with ${program.path}`)
  await startOverlay({
    program: program.path,
    kind: program.kind,
    home: join(folder, 'home'),
    controllerPort,
    routerPort,
    username: 'admin',
    password: (await nodeFiles.read(passwordFile)) ?? '',
    detached: true,
    waitMs: startWaitMs,
    onStart: async pid => {
      const mark = await markProcess(pid)
      await writeState(folder, mark === undefined ? state : { ...state, process: mark })
    },
    isReady: () => isReady(state, passwordFile),
  })
  return sandboxStatus(folder)
}

/** Stops the sandbox; with `purge`, its folder and profile go too. */
export async function sandboxDown(given: string, purge: boolean): Promise<{ stopped: boolean; removed: boolean }> {
  const folder = resolve(given)
  const state = await readState(folder)
  const stopped = state?.process !== undefined && (await isRunning(state.process))
  if (state?.process !== undefined) await stopProcess(state.process, stopWaitMs)
  if (state !== undefined) {
    const { process: _ended, ...rest } = state
    await writeState(folder, rest)
  }
  if (purge && state !== undefined) {
    await rm(folder, { recursive: true, force: true })
    await updateProfiles(store => withoutProfile(store, sandboxProfile))
  }
  return { stopped, removed: purge && state !== undefined }
}

/** Whether the sandbox runs, where, and whether its edge router is online. */
export async function sandboxStatus(given: string): Promise<SandboxStatus> {
  const folder = resolve(given)
  const state = await readState(folder)
  const pid = state?.process !== undefined && (await isRunning(state.process)) ? state.process.pid : null
  const off = { running: pid !== null, folder, url: state?.url ?? null, version: null, routersOnline: 0, pid }
  if (pid === null || state === undefined) return off
  const ca = (await ensureProfile(state, folder))?.ca
  const { version } = await fetchVersion({ url: state.url, ca, timeoutMs })
  return { ...off, version, routersOnline: await countOnline() }
}

async function isReady(state: SandboxState, passwordFile: string): Promise<boolean> {
  await logInto(state, passwordFile)
  return (await countOnline()) > 0
}

async function logInto(state: SandboxState, passwordFile: string): Promise<void> {
  const input = { url: state.url, username: 'admin', passwordFile, ca: undefined, readOnly: false, yes: true }
  await logIn({ ...input, profile: sandboxProfile, keepCurrent: true }, () => undefined)
}

// Somebody may have logged out of it, or removed the profile: while it runs, the profile is there to be used.
async function ensureProfile(state: SandboxState, folder: string): Promise<Profile | undefined> {
  const find = async () => (await readProfiles()).profiles[sandboxProfile]
  const known = await find()
  if (known?.url === state.url && known.passwordFile !== undefined) return known
  await logInto(state, join(folder, 'password'))
  return find()
}

async function countOnline(): Promise<number> {
  const target = await selectTarget({ profile: sandboxProfile, overlay: undefined, env: {} })
  const controller = openController(target, { parallel: 1, timeoutMs })
  try {
    return (await fetchRouters(controller)).filter(({ isOnline }) => isOnline).length
  } finally {
    controller.close()
  }
}

// The same ports as before while they are free, so that identities that were enrolled stay good.
async function choosePorts(known: SandboxState | undefined): Promise<[number, number]> {
  if (known !== undefined) {
    const busy = (await isFree(known.controllerPort))
      ? (await isFree(known.routerPort))
        ? undefined
        : known.routerPort
      : known.controllerPort
    if (busy === undefined) return [known.controllerPort, known.routerPort]
    throw new FileError(
      `port ${busy}, which this sandbox uses, is taken by another program`,
      String(busy),
      'stop that program, or begin anew with: zprom sandbox down --purge',
    )
  }
  const [controllerPort = 0, routerPort = 0] = await findFreePorts(2)
  return [controllerPort, routerPort]
}

async function keepPassword(folder: string): Promise<string> {
  const path = join(folder, 'password')
  if ((await nodeFiles.read(path)) === undefined)
    // Hex: a leading "-" would be read as a flag by the commands that ziti hands its password on to.
    await nodeFiles.keepSecret(path, randomBytes(18).toString('hex'))
  return path
}

async function readState(folder: string): Promise<SandboxState | undefined> {
  const path = join(folder, 'sandbox.json')
  const text = await nodeFiles.read(path)
  if (text === undefined) return undefined
  try {
    return JSON.parse(text) as SandboxState
  } catch {
    throw new FileError(`${path}: not the state of a sandbox`, path, 'remove that folder and start the sandbox again')
  }
}

function writeState(folder: string, state: SandboxState): Promise<void> {
  return nodeFiles.keepSecret(join(folder, 'sandbox.json'), `${JSON.stringify(state, undefined, 2)}\n`)
}
