import type { EdgeService } from '../edge/index.js'
import type { BridgeTargets } from '../model/bridge.js'
import { entriesOf } from './entries.js'
import { createTable, type Entry, type Table } from './table.js'

/** What can be asked for, as it was known at one time. */
export type Known = { readonly table: Table; readonly readers: BridgeTargets['readers'] }

/** What can be asked for, kept up to date. */
export type Inventory = {
  /** As known now; undefined until it was read once. */
  current(): Known | undefined
  /** Not older than this; read anew when it is. Throws what the controller or the spec throws. */
  fresh(maxAgeMs: number): Promise<Known>
  /** The entry of a host, at once when it is known; what is not, or not allowed, is looked for once more. */
  find(host: string): Entry | Promise<Entry | undefined>
  /** Why it could not be read the last time; undefined when it could. */
  trouble(): unknown
}

/** Where an inventory reads: the overlay for services, the spec for what they are called there. */
export type InventorySources = {
  services(): Promise<readonly EdgeService[]>
  /** What the spec says; undefined when there is none. */
  readTargets(): Promise<BridgeTargets | undefined>
  /** Milliseconds that only grow. */
  readonly clock: () => number
  /** Told after every reading, with what went wrong. */
  readonly onRead: (known: Known | undefined, error: unknown) => void
}

// A host that nobody knows is asked for with every scrape, and the controller should not hear of it each time.
const missAgeMs = 2000

/** An inventory that is empty until it is asked; readings at the same time are one. */
export function createInventory({ services, readTargets, clock, onRead }: InventorySources): Inventory {
  let known: Known | undefined
  let readAt = Number.NEGATIVE_INFINITY
  let trouble: unknown
  let failedAt = Number.NEGATIVE_INFINITY
  let reading: Promise<Known> | undefined

  const read = async (): Promise<Known> => {
    const startedAt = clock()
    try {
      const [there, spec] = await Promise.all([services(), readTargets()])
      known = { table: createTable(entriesOf(there, spec?.targets ?? [])), readers: spec?.readers ?? [] }
      readAt = startedAt
      trouble = undefined
      onRead(known, undefined)
      return known
    } catch (error) {
      trouble = error ?? new Error('unknown')
      failedAt = clock()
      onRead(undefined, trouble)
      throw error
    }
  }
  const fresh = async (maxAgeMs: number): Promise<Known> => {
    if (known !== undefined && trouble === undefined && clock() - readAt <= maxAgeMs) return known
    reading ??= read().finally(() => {
      reading = undefined
    })
    return reading
  }
  const find = (host: string) => {
    const entry = known?.table.find(host)
    return entry?.isDialable === true ? entry : findAgain(host)
  }
  const findAgain = async (host: string): Promise<Entry | undefined> => {
    // Nor should one that is in trouble.
    if (trouble !== undefined && clock() - failedAt <= missAgeMs) throw trouble
    return (await fresh(missAgeMs)).table.find(host)
  }
  return { current: () => known, fresh, find, trouble: () => trouble }
}
