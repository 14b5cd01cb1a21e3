import { Refusal } from './answers.js'
import type { Inventory } from './inventory.js'
import type { Wanted } from './request-line.js'
import type { Entry } from './table.js'

/**
 * The entry that a request means, at once when it is known. Throws Refusal for what is not in the table: nothing ever goes to
 * the plain network. `onFound`: told which entry it is, also when it is refused then.
 */
export function locate(
  inventory: Pick<Inventory, 'find'>,
  wanted: Pick<Wanted, 'host'> & Partial<Wanted>,
  onFound: (entry: Entry) => void,
): Entry | Promise<Entry> {
  const judge = (entry: Entry | undefined) => {
    if (entry !== undefined) onFound(entry)
    return allowed(entry, wanted)
  }
  const found = inventory.find(wanted.host)
  return found instanceof Promise ? found.then(judge) : judge(found)
}

function allowed(entry: Entry | undefined, { host, path }: Pick<Wanted, 'host'> & Partial<Wanted>): Entry {
  if (entry === undefined) throw new Refusal(502, 'unknown', `no such target: ${host}`)
  if (!entry.isDialable) throw new Refusal(403, 'denied', `the bridge's identity may not dial ${entry.service}`)
  const bare = path?.split('?', 1)[0]
  if (bare !== undefined && entry.paths !== undefined && !entry.paths.includes(bare))
    throw new Refusal(403, 'forbidden', `of ${entry.service} only ${entry.paths.join(' and ')} may be read`)
  return entry
}

/** How an entry is called in messages. */
export function nameOf({ service, identity }: Pick<Entry, 'service' | 'identity'>): string {
  return identity === '' ? service : `${service} at ${identity}`
}
