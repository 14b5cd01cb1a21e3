import { mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ToolError, ZpromError } from '../../errors.js'
import { lastLines } from '../../tools/go.js'
import { type Quickstart, type Started, startQuickstart } from '../../tools/quickstart.js'

export type StartOptions = Omit<Quickstart, 'log'> & {
  /** How long it may take until it is ready, milliseconds. */
  readonly waitMs: number
  /** Whether it is ready; one that throws what zprom foresees is asked again. */
  readonly isReady: () => Promise<boolean>
  /** Told the number of the process as soon as there is one. */
  readonly onStart: (pid: number) => Promise<void>
}

/** Starts a controller and router and waits until they are ready; their log is `quickstart.log` beside the home. */
export async function startOverlay(options: StartOptions): Promise<Started> {
  await mkdir(options.home, { recursive: true, mode: 0o700 })
  const logPath = logOf(options.home)
  const log = await open(logPath, 'a', 0o600)
  try {
    const started = startQuickstart({ ...options, log: log.fd })
    if (started === undefined)
      throw new ToolError(`${options.program} can't be started`, options.program, 'is it a program for this machine?')
    await options.onStart(started.pid)
    await waitUntilReady(started, options, logPath)
    return started
  } finally {
    await log.close()
  }
}

/** Where the controller and the router write their log. */
export function logOf(home: string): string {
  return join(home, '..', 'quickstart.log')
}

async function waitUntilReady(started: Started, options: StartOptions, logPath: string): Promise<void> {
  let end: string | undefined
  started.ended.then(code => {
    end = code
  })
  const deadline = Date.now() + options.waitMs
  while (!(await isReady(options))) {
    const problem = end !== undefined ? `ended (${end})` : Date.now() > deadline ? 'was not ready in time' : undefined
    if (problem !== undefined) {
      // What it says of its own arguments may hold the password.
      const tail = lastLines(await readFile(logPath, 'utf8'), 6).replaceAll(options.password, '***')
      throw new ToolError(
        `${options.program} quickstart ${problem}; the end of its log:\n${tail}`,
        options.program,
        `look at ${logPath}`,
      )
    }
    await sleep(100)
  }
}

async function isReady({ isReady }: StartOptions): Promise<boolean> {
  try {
    return await isReady()
  } catch (error) {
    if (error instanceof ZpromError) return false
    throw error
  }
}
