import { Refusal } from './answers.js'

/** The time that a request has, from its first byte to its last; also ended when nobody waits for it any more. */
export type Budget = {
  /** What ended it; undefined while it lasts. */
  over(): Refusal | undefined
  /** Milliseconds. */
  left(): number
  /** Waits for something, but no longer than the budget lasts. Throws what ended the budget. */
  within<T>(work: Promise<T>): Promise<T>
  /** Nobody waits for the answer any more. */
  abandon(): void
  end(): void
}

/** The whole time for one scrape in ms: what Prometheus grants, less what it takes to hear the answer. */
export function budgetMsOf(header: string | readonly string[] | undefined, fallbackMs: number): number {
  const text = typeof header === 'string' ? header.trim() : ''
  const seconds = /^\d{1,6}(\.\d{1,9})?$/.test(text) ? Number(text) : 0
  if (seconds <= 0) return fallbackMs
  const grantedMs = Math.min(seconds * 1000, longestMs)
  return Math.max(Math.round(grantedMs - Math.min(Math.max(grantedMs / 10, 300), 500)), Math.round(grantedMs / 2))
}

const longestMs = 300_000

/** Starts the clock of a request; `what` is what it is about, once that is known. */
export function startBudget(ms: number, clock: () => number, what: () => string): Budget {
  const deadline = clock() + ms
  // Not an AbortSignal: a request waits half a dozen times, and each listener of one costs more than the waiting.
  const waiting = new Set<(reason: Refusal) => void>()
  let over: Refusal | undefined
  const finish = (reason: Refusal) => {
    if (over !== undefined) return
    over = reason
    for (const tell of waiting) tell(reason)
    waiting.clear()
  }
  const late = () =>
    new Refusal(
      504,
      'timeout',
      `${what()}: not done within ${ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`}`,
    )
  const timer = setTimeout(() => finish(late()), ms)
  return {
    over: () => over,
    left: () => Math.max(1, Math.ceil(deadline - clock())),
    within: work =>
      new Promise((resolve, reject) => {
        if (over === undefined) waiting.add(reject)
        else reject(over)
        // Also when nobody waits for it any more: what it throws then is nobody's concern.
        work.finally(() => waiting.delete(reject)).then(resolve, reject)
      }),
    abandon: () => finish(new Refusal(499, 'client-gone', 'the client did not wait')),
    end: () => clearTimeout(timer),
  }
}
