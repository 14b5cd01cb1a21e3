import type { Access } from './access-log.js'
import type { BridgeAgent } from './agent.js'
import type { Dialler } from './dialler.js'
import type { Inventory } from './inventory.js'
import type { BridgeMetrics } from './metrics.js'

/** What the handlers of a bridge share. */
export type BridgeContext = {
  readonly inventory: Inventory
  readonly dialler: Dialler
  /** Connections over the overlay, kept between scrapes. */
  readonly agent: BridgeAgent
  readonly metrics: BridgeMetrics
  readonly limits: BridgeLimits
  readonly token: string | undefined
  /** Name of the identity that dials. */
  readonly identity: string
  /** Milliseconds that only grow. */
  readonly clock: () => number
  /** Undefined: nobody wants to know. */
  readonly onAccess: ((access: Access) => void) | undefined
  /** A bug, told in full; nothing of it goes to clients. */
  readonly onBug: (error: unknown) => void
}

/** What a bridge allows its clients. */
export type BridgeLimits = {
  /** For a request that says no time-out of its own, as CONNECT can't. */
  readonly timeoutMs: number
  readonly responseBytes: number
  /** Requests to one service at once, and tunnels that are being made. */
  readonly perService: number
}
