import { open, readFile, rm, stat, utimes } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { FileError, Interrupted } from '../errors.js'
import { makeFolder } from './files.js'
import { type Holder, hasEnded } from './holder.js'
import { markProcess } from './process-mark.js'

/** A lock, and how long to wait for whoever holds it. */
export type LockOptions = {
  readonly path: string
  /** What the lock is of, as a message names it: "this spec". */
  readonly what: string
  /** How long to wait for another run, milliseconds. */
  readonly waitMs: number
  /** How long the holder on another machine may leave the lock untouched before it counts as gone, milliseconds. */
  readonly silenceMs?: number
  readonly onWait: (holder: string) => void
  /** Ends the wait; without one it goes on until `waitMs` have passed. */
  readonly signal?: AbortSignal
}

/**
 * Runs while no other zprom on this machine does so under the same lock file: two runs on one spec would race for the
 * same one-time tokens, two logins for the store of profiles. A lock whose process is gone is taken over, and so is one
 * that a run which was killed in that very moment left without a word in it. Of another machine, or container, nobody can
 * tell: whoever holds a lock touches it now and then, and one that nobody touches any more is taken over as well.
 */
export async function withLock<T>(options: LockOptions, run: () => Promise<T>): Promise<T> {
  await acquire(options)
  const beat = setInterval(() => void touch(options.path), beatMs)
  beat.unref()
  try {
    return await run()
  } finally {
    clearInterval(beat)
    await release(options.path)
  }
}

/**
 * As `withLock`, but under another path where the folder of the first takes no files from this person: a spec that is mounted
 * read-only. A lock that is there already is heeded all the same.
 */
export async function withLockOr<T>(options: LockOptions, other: () => string, run: () => Promise<T>): Promise<T> {
  let isHeld = false
  const noted = () => {
    isHeld = true
    return run()
  }
  try {
    return await withLock(options, noted)
  } catch (error) {
    if (isHeld || !(error instanceof FileError) || !takesNothing.has(error.osCode ?? '')) throw error
    return withLock({ ...options, path: other() }, run)
  }
}

const takesNothing: ReadonlySet<string> = new Set(['EROFS', 'EACCES', 'EPERM'])

const beatMs = 10_000
// Several beats: a slow disk or a busy machine is no end.
const usualSilenceMs = 60_000

async function touch(path: string): Promise<void> {
  const now = new Date()
  await utimes(path, now, now).catch(() => undefined)
}

async function acquire({ path, what, waitMs, silenceMs = usualSilenceMs, onWait, signal }: LockOptions): Promise<void> {
  await makeFolder(dirname(path), 0o755)
  const deadline = Date.now() + waitMs
  let told = false
  let looks = 0
  let beat = { at: Number.NaN, seen: Date.now() }
  while (!(await tryAcquire(path))) {
    const holder = await readHolder(path)
    looks += 1
    const at = (await stat(path).catch(() => undefined))?.mtimeMs ?? Number.NaN
    // By this machine's clock alone: another's may go differently.
    if (at !== beat.at) beat = { at, seen: Date.now() }
    const isSilent = isDistant(holder) && Date.now() - beat.seen >= silenceMs
    if (isSilent || (await isLeft(path, holder))) {
      await takeAway(path, holder, isSilent)
      continue
    }
    // A lock that is being written in this moment has a holder at the next look.
    if (!told && (holder !== undefined || looks > 1)) {
      onWait(describe(holder))
      told = true
    }
    if (signal?.aborted === true)
      throw new Interrupted('interrupted while waiting for another zprom run; nothing was changed', null)
    if (Date.now() > deadline) {
      throw new FileError(
        `another zprom run holds ${what} (${describe(holder)})`,
        path,
        `wait for it to end; if none is running, remove ${path}`,
      )
    }
    await sleep(100)
  }
}

async function tryAcquire(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx')
    try {
      await file.writeFile(JSON.stringify(await ownMark()))
    } catch (error) {
      // A full disk: an empty lock would hold up every later run, for nobody could tell whose it is.
      await rm(path, { force: true })
      throw error
    } finally {
      await file.close()
    }
    return true
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EEXIST') return false
    throw new FileError(
      `${path}: can't write the lock file (${String(code)})`,
      path,
      code === 'ENOSPC' ? 'make room and run the same command again' : 'check the rights of that folder',
      String(code),
    )
  }
}

async function ownMark(): Promise<Holder> {
  return { host: hostname(), ...((await markProcess(process.pid)) ?? { pid: process.pid }) }
}

// It may have been taken over while this process slept: then it is not ours to remove.
async function release(path: string): Promise<void> {
  if (isSame(await readHolder(path), await ownMark())) await rm(path, { force: true })
}

function isSame(one: Holder | undefined, other: Holder | undefined): boolean {
  return one?.pid === other?.pid && one?.host === other?.host && one?.started === other?.started
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'))
    if (typeof value !== 'object' || value === null || !('pid' in value) || !('host' in value)) return undefined
    if (typeof value.pid !== 'number' || typeof value.host !== 'string') return undefined
    const isMarked = 'started' in value && typeof value.started === 'string'
    return { pid: value.pid, host: value.host, ...(isMarked && { started: String(value.started) }) }
  } catch {
    return undefined // being written or removed in this moment
  }
}

// Under a lock of its own, and after another look: without it, a run that looked before could remove the lock of one that
// took over in the meantime, and a third would be let in.
async function takeAway(path: string, dead: Holder | undefined, isSilent: boolean): Promise<void> {
  const guard = `${path}.takeover`
  if (!(await tryAcquire(guard))) {
    const other = await readHolder(guard)
    if (await isLeft(guard, other)) await rm(guard, { force: true })
    await sleep(10)
    return
  }
  try {
    const holder = await readHolder(path)
    if (isSame(holder, dead) && (isSilent || (await isLeft(path, holder)))) await rm(path, { force: true })
  } finally {
    await rm(guard, { force: true })
  }
}

// Who holds it is written a moment after it is made.
const writingMs = 10_000

async function isLeft(path: string, holder: Holder | undefined): Promise<boolean> {
  if (holder !== undefined) return hasEnded(holder)
  const made = await stat(path).catch(() => undefined)
  return made !== undefined && made.mtimeMs < Date.now() - writingMs
}

// A version that marks no start does not touch its locks either.
function isDistant(holder: Holder | undefined): boolean {
  return holder?.started !== undefined && holder.host !== hostname()
}

function describe(holder: Holder | undefined): string {
  return holder === undefined ? 'process unknown' : `process ${holder.pid} on ${holder.host}`
}
