import type { Socket } from 'node:net'
import { openDatagrams } from './datagrams.js'
import { type Far, joinStreams } from './join.js'
import { connectTcp, connectThrough } from './tcp.js'

/** What a service's calls can be carried by. */
export type Protocol = 'tcp' | 'udp'

/** Where a call goes. */
export type Place = { readonly protocol: Protocol; readonly host: string; readonly port: number }

/** What is behind a service, connected before a call is taken, so that the caller hears why it can't be. */
export type Backend = {
  isGone(): boolean
  /** Carries a call until it is over; with `idleMs` also when nothing moves for so long. */
  carry(far: Far, idleMs: number): void
  destroy(): void
}

/** How a backend is reached; times in milliseconds. */
export type BackendOptions = {
  /** An HTTP proxy that the way leads through. */
  readonly proxy?: { readonly host: string; readonly port: number }
  /** For all of it. */
  readonly timeoutMs: number
}

/** Connects to what a call is for. Throws EdgeError (`host`), for the caller to read. */
export async function connectBackend(place: Place, { proxy, timeoutMs }: BackendOptions): Promise<Backend> {
  if (place.protocol === 'udp') return openDatagrams(place)
  if (proxy === undefined) return streamOf(await connectTcp(place, timeoutMs))
  return streamOf(await connectThrough(proxy, place, timeoutMs))
}

function streamOf(near: Socket): Backend {
  return {
    isGone: () => near.destroyed,
    carry: (far, idleMs) => joinStreams(near, far, idleMs),
    destroy: () => void near.destroy(),
  }
}
