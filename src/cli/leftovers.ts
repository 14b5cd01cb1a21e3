import { createHash, randomBytes } from 'node:crypto'
import { readdir, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { isGone } from './holder.js'

/** A name for what is about to be renamed over a file of a folder: it says who writes it. */
export function temporaryName(pid = process.pid, host = hostname()): string {
  return `.${pid}.${shortOf(host)}.${randomBytes(6).toString('hex')}.tmp`
}

const swept = new Set<string>()

/**
 * Removes what writes that were killed have left in a folder; of them secrets may be. Only those of processes of this machine
 * that are gone, for another run may write here now. Once for each folder: nothing comes up that this process would have to
 * remove. What can't be removed stays.
 */
export async function sweepOnce(folder: string): Promise<void> {
  if (swept.has(folder)) return
  swept.add(folder)
  const names = await readdir(folder).catch(() => [])
  const left = names.filter(isLeft)
  await Promise.all(left.map(name => rm(join(folder, name), { force: true }).catch(() => undefined)))
}

function isLeft(name: string): boolean {
  const [, pid, host] = /^\.(\d{1,10})\.([0-9a-f]{12})\.[0-9a-f]{12}\.tmp$/.exec(name) ?? []
  return host === shortOf(hostname()) && isGone({ pid: Number(pid), host: hostname() })
}

// Names of machines can be long, and hold what file names cannot.
function shortOf(host: string): string {
  return createHash('sha256').update(host).digest('hex').slice(0, 12)
}
