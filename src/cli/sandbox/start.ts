import { mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ToolError, ZpromError } from '../../errors.js'
import { lastLines } from '../../tools/go.js'
import { type Quickstart, type Started, startQuickstart } from '../../tools/quickstart.js'

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
  /** Whether it is ready; one that throws what zprom foresees is asked again. */
  readonly isReady: () => Promise<boolean>
  /** How its process ended; undefined while it runs. */
  readonly findEnd: () => Promise<string | undefined>
}

/** Starts a controller and router and waits until they are ready; their log is `quickstart.log` beside the home. */
export async function startOverlay(options: StartOptions): Promise<Started> {
  await mkdir(options.home, { recursive: true, mode: 0o700 })
  const log = await open(logOf(options.home), 'a', 0o600)
  try {
    const started = startQuickstart({ ...options, log: log.fd })
    if (started === undefined)
      throw new ToolError(`${options.program} can't be started`, options.program, 'is it a program for this machine?')
    await options.onStart(started.pid)
    let end: string | undefined
    started.ended.then(code => {
      end = code
    })
    await waitUntilReady({ ...options, findEnd: async () => end })
    return started
  } finally {
    await log.close()
  }
}

/** Where the controller and the router write their log. */
export function logOf(home: string): string {
  return join(home, '..', 'quickstart.log')
}

/** Waits until a controller and router that were started are ready; a ToolError with the end of their log when they fail. */
export async function waitUntilReady(options: WaitOptions): Promise<void> {
  const deadline = Date.now() + options.waitMs
  while (!(await isReady(options))) {
    const end = await options.findEnd()
    if (end !== undefined) throw await describeEnd(`ended (${end})`, options)
    if (Date.now() > deadline) throw await describeEnd('was not ready in time', options)
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

async function isReady({ isReady }: WaitOptions): Promise<boolean> {
  try {
    return await isReady()
  } catch (error) {
    if (error instanceof ZpromError) return false
    throw error
  }
}
