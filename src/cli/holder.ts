import { hostname } from 'node:os'

/** A process that holds or writes something, and the machine that it runs on. */
export type Holder = { readonly pid: number; readonly host: string }

/** Whether its process is gone for certain; of another machine nobody can tell from here. */
export function isGone({ pid, host }: Holder): boolean {
  if (host !== hostname()) return false
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH'
  }
}
