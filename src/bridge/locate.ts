import { Refusal } from './answers.js'
import type { Inventory } from './inventory.js'
import type { Wanted } from './request-line.js'
import type { Entry } from './table.js'

/**
 * The entry that a request means. Throws Refusal for what is not in the table: nothing ever goes to the plain network.
 * `onFound`: told which entry it is, also when it is refused then.
 */
export async function locate(
  inventory: Pick<Inventory, 'find'>,
  { host, path }: Pick<Wanted, 'host'> & Partial<Wanted>,
  onFound: (entry: Entry) => void,
): Promise<Entry> {
  const entry = await inventory.find(host)
  if (entry === undefined) throw new Refusal(502, 'unknown', `no such target: ${host}`)
  onFound(entry)
  if (!entry.isDialable) throw new Refusal(403, 'denied', `the bridge's identity may not dial ${entry.service}`)
  const bare = path?.replace(/\?.*$/s, '')
  if (bare !== undefined && entry.paths !== undefined && !entry.paths.includes(bare))
    throw new Refusal(403, 'forbidden', `of ${entry.service} only ${entry.paths.join(' and ')} may be read`)
  return entry
}

/** How an entry is called in messages. */
export function nameOf({ service, identity }: Pick<Entry, 'service' | 'identity'>): string {
  return identity === '' ? service : `${service} at ${identity}`
}
