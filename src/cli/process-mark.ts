import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { describeProcess } from '../tools/ps.js'

/** A process, told apart from a later one that got the same number. */
export type ProcessMark = { readonly pid: number; readonly started: string }

/** Marks a process that runs now; undefined when there is none of that number. */
export async function markProcess(pid: number): Promise<ProcessMark | undefined> {
  const started = await startOf(pid)
  return started === undefined ? undefined : { pid, started }
}

/** Whether exactly this process still runs. */
export async function isRunning(mark: ProcessMark): Promise<boolean> {
  return (await startOf(mark.pid)) === mark.started
}

/** Ends a process: SIGTERM, and SIGKILL when it has not ended in time. Fine when it is gone already. */
export async function stopProcess(mark: ProcessMark, graceMs: number): Promise<void> {
  if (!(await isRunning(mark))) return
  signal(mark.pid, 'SIGTERM')
  const deadline = Date.now() + graceMs
  while (await isRunning(mark)) {
    if (Date.now() > deadline) {
      signal(mark.pid, 'SIGKILL')
      return
    }
    await sleep(50)
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // gone in this moment
  }
}

// When it started, in the system's own words: field 22 of /proc/PID/stat on Linux, ps elsewhere. A zombie counts as gone.
async function startOf(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return state === 'Z' ? undefined : fields[18]
  } catch {
    return process.platform === 'linux' ? undefined : describeProcess(pid)
  }
}
