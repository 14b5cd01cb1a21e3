import { hostname } from 'node:os'
import { isRunning } from './process-mark.js'

/** A process that holds or writes something, and the machine that it runs on. */
export type Holder = {
  readonly pid: number
  readonly host: string
  /** When the process started, in the system's own words: tells it from a later one of the same number. */
  readonly started?: string
}

/** Whether it is gone for certain, and no other process has its number; of another machine nobody can tell from here. */
export async function hasEnded({ pid, host, started }: Holder): Promise<boolean> {
  if (host !== hostname() || started === undefined) return isGone({ pid, host })
  return !(await isRunning({ pid, started }))
}

/** Whether no process of its number runs on its machine for certain; of another machine nobody can tell from here. */
export function isGone({ pid, host }: Holder): boolean {
  if (host !== hostname()) return false
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH'
  }
}
