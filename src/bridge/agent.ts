import type { ClientRequestArgs } from 'node:http'
import { type EdgeConnection, OverlayAgent } from '../edge/index.js'

/** Makes a connection for one request, within what time that has. */
export type Dial = () => Promise<EdgeConnection>

/** Keeps connections over the overlay between scrapes, by the host of the entry; a request brings its own way to dial. */
export type BridgeAgent = OverlayAgent

// Scrapes come every few minutes at most, and what is not used holds a connection at the target.
const idleMs = 5 * 60_000

export function createBridgeAgent(): BridgeAgent {
  const dial = async (options: ClientRequestArgs & { readonly dial?: Dial }) => {
    if (options.dial === undefined) throw new Error('a request of the bridge brings no way to dial')
    return options.dial()
  }
  return new OverlayAgent(dial, { keepAlive: true, timeout: idleMs })
}
