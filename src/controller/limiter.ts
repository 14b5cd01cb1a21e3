import type { Limit, Sample } from './limit.js'

/** Runs something when its turn has come: first come, first served, and no more at once than a limit allows. */
export type Limiter = <T>(
  kind: string,
  run: () => Promise<T>,
  /** What its end says of how busy the controller is. */
  judge: (end: { readonly value: T } | { readonly error: unknown }) => Sample['result'],
) => Promise<T>

type Waiting = { readonly kind: string; readonly begin: () => void }

/** A queue in front of a limit. `clock` gives milliseconds from any origin; fractions matter, for some answers take one. */
export function createLimiter(limit: Limit, clock: () => number): Limiter {
  let waiting: Waiting[] = []
  let next = 0
  let inFlight = 0

  const pump = () => {
    for (let first = waiting[next]; first !== undefined; first = waiting[next]) {
      if (!limit.mayStart(first.kind, inFlight)) return
      limit.started(first.kind, inFlight)
      inFlight += 1
      next += 1
      first.begin()
    }
    waiting = []
    next = 0
  }
  const turn = (kind: string) =>
    new Promise<void>(begin => {
      waiting.push({ kind, begin })
      pump()
    })

  return async (kind, run, judge) => {
    await turn(kind)
    const startedAt = clock()
    let result: Sample['result'] = 'unclear'
    try {
      const value = await run()
      result = judge({ value })
      return value
    } catch (error) {
      result = judge({ error })
      throw error
    } finally {
      inFlight -= 1
      limit.ended({ kind, startedAt, endedAt: clock(), result })
      pump()
    }
  }
}
