/** What may be waited for between attempts, injected so that nothing here knows a clock or chance. */
export type Pace = {
  sleep(ms: number): Promise<void>
  /** In [0, 1). */
  random(): number
  /** Milliseconds from any origin, with fractions: for what things take. */
  clock(): number
}

const firstDelayMs = 200
const longestDelayMs = 5_000

/** How many times one request is sent at most. */
export const maxAttempts = 6

/** Waits before attempt number `attempt` (from 1): exponential with jitter; the API sends no Retry-After. */
export async function backOff(attempt: number, pace: Pick<Pace, 'sleep' | 'random'>): Promise<void> {
  const ceiling = Math.min(longestDelayMs, firstDelayMs * 2 ** (attempt - 1))
  await pace.sleep(ceiling * (0.5 + pace.random() / 2))
}
