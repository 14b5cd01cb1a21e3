import type { ClientRequestArgs } from 'node:http'
import { type EdgeConnection, OverlayAgent } from '../edge/index.js'

/** Makes a connection for one request, within what time that has. */
export type Dial = () => Promise<EdgeConnection>

/** What is known of how a target behaves. */
export type Habit = {
  /** How long it took the last time until its answer began, ms. */
  headMs: number
  /** Until then its connections are not kept: it ends them, and nobody says so. */
  singleUntil: number
}

/** Connections over the overlay, by the host of the entry; a request brings its own way to dial. */
export type BridgeAgent = {
  /** Keeps connections between scrapes. */
  readonly kept: OverlayAgent
  /** Uses each once. */
  readonly single: OverlayAgent
  habitOf(host: string): Habit
  destroy(): void
}

// Scrapes come every few minutes at most, and what is not used holds a connection at the target.
const idleMs = 5 * 60_000

/** Connections for one bridge; `destroy` ends all that are kept. */
export function createBridgeAgent(): BridgeAgent {
  const dial = async (options: ClientRequestArgs & { readonly dial?: Dial }) => {
    if (options.dial === undefined) throw new Error('a request of the bridge brings no way to dial')
    return options.dial()
  }
  const kept = new OverlayAgent(dial, { keepAlive: true, timeout: idleMs })
  const single = new OverlayAgent(dial, { keepAlive: false })
  const habits = new Map<string, Habit>()
  return {
    kept,
    single,
    habitOf: host => {
      const habit = habits.get(host) ?? { headMs: 0, singleUntil: Number.NEGATIVE_INFINITY }
      habits.set(host, habit)
      return habit
    },
    destroy: () => {
      kept.destroy()
      single.destroy()
    },
  }
}
