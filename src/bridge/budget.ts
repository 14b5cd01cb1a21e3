import { Refusal } from './answers.js'

/** The time that a request has, from its first byte to its last; also ended when nobody waits for it any more. */
export type Budget = {
  readonly signal: AbortSignal
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
  const controller = new AbortController()
  const { signal } = controller
  const deadline = clock() + ms
  const late = () =>
    new Refusal(
      504,
      'timeout',
      `${what()}: not done within ${ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`}`,
    )
  const timer = setTimeout(() => controller.abort(late()), ms)
  return {
    signal,
    left: () => Math.max(1, Math.ceil(deadline - clock())),
    within: work => orAborted(work, signal),
    abandon: () => controller.abort(new Refusal(499, 'client-gone', 'the client did not wait')),
    end: () => clearTimeout(timer),
  }
}

async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort = () => {}
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort)
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
