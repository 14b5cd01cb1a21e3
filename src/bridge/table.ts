import type { BridgeTarget } from '../model/bridge.js'

/** One thing that can be asked for, and where it is on the overlay. */
export type Entry = {
  /** The text in front of the port. */
  readonly host: string
  /** Another text that means it, where that is no other's. */
  readonly otherHost?: string
  readonly service: string
  /** Of the terminator; empty for one without. */
  readonly identity: string
  /** Asked for when nothing hosts the service under the first: without a spec nobody knows which it is. */
  readonly otherIdentity?: string
  /** Whether the identity of the bridge may dial the service. */
  readonly isDialable: boolean
  /** Present: Prometheus speaks TLS with it, and asks by CONNECT. */
  readonly isTls: boolean
  /** Paths that may be asked for; undefined: any. */
  readonly paths: readonly string[] | undefined
  /** Absent for a service that is not listed: reachable, but nobody knows whether it has metrics. */
  readonly target: BridgeTarget | undefined
}

/** What can be asked for, by its host name. */
export type Table = {
  /** The entry of exactly this text, or else the only one that differs by nothing but upper and lower case. */
  find(host: string): Entry | undefined
  readonly entries: readonly Entry[]
}

/** Makes a table to look hosts up in; the host names of the entries must differ. */
export function createTable(entries: readonly Entry[]): Table {
  const others = entries.flatMap(entry => (entry.otherHost === undefined ? [] : [[entry.otherHost, entry] as const]))
  const exact = new Map([...others, ...entries.map(entry => [entry.host, entry] as const)])
  const folded = new Map<string, Entry[]>()
  for (const [host, entry] of exact) {
    const key = host.toLowerCase()
    folded.set(key, [...(folded.get(key) ?? []), entry])
  }
  const find = (host: string): Entry | undefined => {
    const alike = folded.get(host.toLowerCase()) ?? []
    return exact.get(host) ?? (alike.length === 1 ? alike[0] : undefined)
  }
  return { find, entries }
}
