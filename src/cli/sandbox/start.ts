import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { AuthError, ControllerError, ToolError } from '../../errors.js'
import { lastLines } from '../../tools/go.js'
import { type Quickstart, type Started, startQuickstart } from '../../tools/quickstart.js'
import { makeFolder } from '../files.js'
import { markProcess, stopProcess } from '../process-mark.js'

/** What is started, and when it counts as ready. */
export type StartOptions = Omit<Quickstart, 'log'> &
  Pick<WaitOptions, 'waitMs' | 'isReady'> & {
    /** Told the number of the process as soon as there is one. */
    readonly onStart: (pid: number) => Promise<void>
  }

/** What is waited for, and for how long. */
export type WaitOptions = {
  readonly program: string
  readonly home: string
  readonly password: string
  /** How long it may take until it is ready, milliseconds. */
  readonly waitMs: number
  /** Whether it is ready; asked again when it throws what one that is still starting may give. */
  readonly isReady: () => Promise<boolean>
  /** How its process ended; undefined while it runs. */
  readonly findEnd: () => Promise<string | undefined>
}

/**
 * Starts a controller and router and waits until they are ready; their log is `quickstart.log` beside the home. What is only
 * slow goes on, for a later run to take up; whatever else fails here ends it.
 */
export async function startOverlay(options: StartOptions): Promise<Started> {
  await makeFolder(options.home, 0o700)
  const log = await open(logOf(options.home), 'a', 0o600)
  try {
    const started = startQuickstart({ ...options, log: log.fd })
    if (started === undefined)
      throw new ToolError(`${options.program} can't be started`, options.program, 'is it a program for this machine?')
    try {
      await follow(started, options)
    } catch (error) {
      if (!(error instanceof ToolError)) await stopStarted(started)
      throw error
    }
    return started
  } finally {
    await log.close()
  }
}

async function follow(started: Started, options: StartOptions): Promise<void> {
  await options.onStart(started.pid)
  let end: string | undefined
  started.ended.then(code => {
    end = code
  })
  await waitUntilReady({ ...options, findEnd: async () => end })
}

const stopWaitMs = 15_000

async function stopStarted({ pid }: Started): Promise<void> {
  const mark = await markProcess(pid)
  if (mark !== undefined) await stopProcess(mark, stopWaitMs)
}

/** Where the controller and the router write their log. */
export function logOf(home: string): string {
  return join(home, '..', 'quickstart.log')
}

/**
 * Waits until a controller and router that were started are ready; a ToolError with the end of their log when they fail.
 * What `isReady` throws ends the wait, unless one that is still starting may give it.
 */
export async function waitUntilReady(options: WaitOptions): Promise<void> {
  const deadline = Date.now() + options.waitMs
  for (let last = ''; ; ) {
    const answer = await ask(options)
    if (answer === true) return
    if (answer !== false) last = `: ${answer.message}`
    const end = await options.findEnd()
    if (end !== undefined) throw await describeEnd(`ended (${end})`, options)
    if (Date.now() > deadline) throw await describeEnd(`was not ready in time${last}`, options)
    await sleep(100)
  }
}

async function describeEnd(problem: string, { program, home, password }: WaitOptions): Promise<ToolError> {
  const logPath = logOf(home)
  // What it says of its own arguments may hold the password.
  const tail = lastLines(await readFile(logPath, 'utf8'), 6).replaceAll(password, '***')
  const message = `${program} quickstart ${problem}; the end of its log:\n${tail}`
  return new ToolError(message, program, `look at ${logPath}`)
}

/** Whether an error is one that a controller which is still starting may give: no answer, or no administrator yet. */
export function isStillStarting(error: unknown): error is ControllerError | AuthError {
  return error instanceof ControllerError || error instanceof AuthError
}

async function ask({ isReady }: WaitOptions): Promise<boolean | Error> {
  try {
    return await isReady()
  } catch (error) {
    if (isStillStarting(error)) return error
    throw error
  }
}
