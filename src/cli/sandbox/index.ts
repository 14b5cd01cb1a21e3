import { randomBytes } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import envPaths from 'env-paths'
import { fetchVersion } from '../../controller/index.js'
import type { SandboxDownJson, SandboxJson } from '../../report/schema/machine.js'
import { followLinks, nodeFiles } from '../files.js'
import { withLock } from '../lock.js'
import { isRunning, markProcess, type ProcessMark, stopProcess } from '../process-mark.js'
import { findProfile, readProfiles, updateProfiles, withoutProfile } from '../profiles.js'
import { timeoutMs } from '../workspace.js'
import { purgeFolder, refuseForeign } from './folder.js'
import { choosePorts } from './ports.js'
import {
  countOnline,
  ensureProfile,
  findOwnProfile,
  logInto,
  type Place,
  passwordFileOf,
  sandboxProfile,
} from './profile.js'
import { findOverlayProgram } from './program.js'
import { isStillStarting, startOverlay, waitUntilReady } from './start.js'
import { readState, type SandboxState, writeState } from './state.js'

// A first start makes keys and a database; on a busy machine that takes a while.
const startWaitMs = 120_000
const stopWaitMs = 15_000
// Another run may be building the program.
const lockWaitMs = 20 * 60_000

type Say = (line: string) => void

/** Where the sandbox lives unless told otherwise: the platform's place for data. */
export function defaultFolder(): string {
  return join(envPaths('zprom', { suffix: '' }).data, 'sandbox')
}

/** Starts the sandbox, or takes up one that runs or is starting; then it has a profile that is logged in. */
export function sandboxUp(given: string, say: Say): Promise<SandboxJson> {
  return withSandboxLock(given, say, async folder => {
    const known = await readState(folder)
    const state =
      known?.process !== undefined && (await isRunning(known.process))
        ? await takeUp(folder, known, known.process, say)
        : await start(folder, known, say)
    const status = await describe(folder, state)
    if (status.profile !== null && status.profile !== sandboxProfile)
      say(`profile "${sandboxProfile}" is another controller's, so this sandbox is profile "${status.profile}"`)
    return status
  })
}

/** Stops the sandbox; with `purge`, what it keeps and its profile go too, and its folder when nothing else is in it. */
export function sandboxDown(given: string, purge: boolean, say: Say): Promise<SandboxDownJson> {
  return withSandboxLock(given, say, async folder => {
    const state = await readState(folder)
    if (state === undefined) return { stopped: false, removed: false, left: [] }
    const { process: mark, isReady: _was, ...rest } = state
    const stopped = mark !== undefined && (await isRunning(mark))
    if (mark !== undefined) await stopProcess(mark, stopWaitMs)
    await writeState(folder, rest)
    if (!purge) return { stopped, removed: false, left: [] }
    await forgetProfile({ folder, url: state.url })
    return { stopped, removed: true, left: await purgeFolder(folder) }
  })
}

/** Whether the sandbox runs, where, and whether its edge router is online. */
export async function sandboxStatus(given: string): Promise<SandboxJson> {
  const folder = await followLinks(resolve(given))
  return describe(folder, await readState(folder))
}

// One run at a time starts or stops what is in a folder. The lock stands beside it, for the folder itself may be removed.
async function withSandboxLock<T>(given: string, say: Say, run: (folder: string) => Promise<T>): Promise<T> {
  const folder = await followLinks(resolve(given))
  const onWait = (holder: string) => say(`waiting for another zprom run on this sandbox (${holder})`)
  return withLock({ path: `${folder}.lock`, what: 'this sandbox', waitMs: lockWaitMs, onWait }, () => run(folder))
}

async function start(folder: string, known: SandboxState | undefined, say: Say): Promise<SandboxState> {
  if (known === undefined) await refuseForeign(folder)
  const program = await findOverlayProgram(process.env, say)
  const ports = await choosePorts(known)
  const url = `https://localhost:${ports.controllerPort}`
  const home = join(folder, 'home')
  // One that is made anew has a new CA, and it is ours: the pin of the old one must not stand in its way.
  if (!(await exists(home))) await forgetProfile({ folder, url })
  let state: SandboxState = { url, ...ports, program: program.path }
  // Before anything else is in the folder: it says whose that is.
  await writeState(folder, state)
  const password = await keepPassword(folder)
  say(`starting a controller and an edge router with ${program.path}`)
  await startOverlay({
    program: program.path,
    kind: program.kind,
    home,
    ...ports,
    username: 'admin',
    password,
    detached: true,
    waitMs: startWaitMs,
    onStart: async pid => {
      const mark = await markProcess(pid)
      if (mark !== undefined) state = { ...state, process: mark }
      await writeState(folder, state)
    },
    isReady: () => isReady({ folder, url }),
  })
  return markReady(folder, state)
}

// Whoever started it is gone, for the lock was free: it may still be on its way.
async function takeUp(folder: string, state: SandboxState, mark: ProcessMark, say: Say): Promise<SandboxState> {
  if (state.isReady === true) return state
  say(`waiting for the sandbox that is starting (process ${mark.pid})`)
  await waitUntilReady({
    program: state.program,
    home: join(folder, 'home'),
    password: await keepPassword(folder),
    waitMs: startWaitMs,
    isReady: () => isReady({ folder, url: state.url }),
    findEnd: async () => ((await isRunning(mark)) ? undefined : 'its process is gone'),
  })
  return markReady(folder, state)
}

async function markReady(folder: string, state: SandboxState): Promise<SandboxState> {
  const ready = { ...state, isReady: true }
  await writeState(folder, ready)
  return ready
}

async function isReady(place: Place): Promise<boolean> {
  return (await countOnline(await logInto(place), place)) > 0
}

async function describe(folder: string, state: SandboxState | undefined): Promise<SandboxJson> {
  const pid = state?.process !== undefined && (await isRunning(state.process)) ? state.process.pid : null
  const url = state?.url ?? null
  const off = { running: false, starting: false, folder, url, profile: null, version: null, routersOnline: 0, pid }
  if (pid === null || state === undefined) return off
  try {
    const seen = await look({ folder, url: state.url })
    const starting = state.isReady !== true && seen.routersOnline === 0
    return { ...off, ...seen, running: !starting, starting }
  } catch (error) {
    if (state.isReady === true || !isStillStarting(error)) throw error
    return { ...off, starting: true }
  }
}

async function look(place: Place) {
  const profile = await ensureProfile(place)
  const ca = findProfile(await readProfiles(), profile)?.ca
  const { version } = await fetchVersion({ url: place.url, ca, timeoutMs })
  return { profile, version, routersOnline: await countOnline(profile, place) }
}

function forgetProfile(place: Place): Promise<void> {
  return updateProfiles(store => {
    const own = findOwnProfile(store, place)
    return own === undefined ? store : withoutProfile(store, own)
  })
}

async function keepPassword(folder: string): Promise<string> {
  const path = passwordFileOf(folder)
  const known = await nodeFiles.read(path)
  if (known !== undefined) return known
  // Hex: a leading "-" would be read as a flag by the commands that ziti hands its password on to.
  const password = randomBytes(18).toString('hex')
  await nodeFiles.keepSecret(path, password)
  return password
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
