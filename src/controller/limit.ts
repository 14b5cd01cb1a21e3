/** What one request told. Times in milliseconds from any origin. */
export type Sample = {
  /** Requests of one kind cost alike. */
  readonly kind: string
  readonly startedAt: number
  readonly endedAt: number
  /** `refused`: too many requests, or no answer in time. `unclear`: it says nothing about how busy the controller is. */
  readonly result: 'done' | 'refused' | 'unclear'
}

/** How many requests a controller is given at once. Knows no clock: the times are in what it is told. */
export type Limit = {
  /** Whether one more may begin beside those in flight. */
  mayStart(kind: string, inFlight: number): boolean
  /** Told of each that begins, with how many were in flight before. */
  started(kind: string, inFlight: number): void
  /** Told of each that ends. */
  ended(sample: Sample): void
  /** How many now; at least 1. */
  now(): number
}

/** Where a limit begins, and what it follows. */
export type LimitOptions = {
  readonly ceiling: number
  /** How many at the beginning. */
  readonly start: number
  /** Whether latency counts, or refusals alone. */
  readonly byLatency: boolean
}

// What one takes alone is measured again after as many rounds: a network that fills up makes everything slower.
const roundsBetweenMeasures = 60
// Of a kind that is new, after these: a short run is not held up for it, and the fastest until then stands for one alone.
const roundsBeforeMeasure = 15
// Slower than alone by so much is no queue yet.
const tolerance = 1.2
// How far one round moves the limit towards where it points.
const weight = 0.3
const cut = 0.5

/**
 * The gradient algorithm of Netflix's concurrency-limits and of Envoy: what a request takes now is held against what it takes
 * alone, and the limit moves to `limit * alone / now + sqrt(limit)`. A controller that writes one at a time then has little
 * more than the one it works on, one far away has as many as the way holds. A refusal halves it, once for all that were in
 * flight together. Each kind of request has its own measure, and every so often one waits until nothing else is in flight
 * and is measured anew: without that, a queue of our own would soon pass for the normal case.
 */
export function createLimit({ ceiling, start, byLatency }: LimitOptions): Limit {
  let limit = Math.max(1, Math.min(start, ceiling))
  const known = new Map<string, { readonly aloneMs: number; readonly wasAlone: boolean; readonly left: number }>()
  let measuring: string | undefined
  let cutAt = Number.NEGATIVE_INFINITY
  let round: number[] = []
  let isFull = false

  const isDue = (kind: string) => byLatency && (known.get(kind)?.left ?? 1) <= 0
  const move = (to: number) => {
    limit = Math.max(1, Math.min(ceiling, to))
    round = []
    isFull = false
  }
  const refuse = ({ startedAt, endedAt }: Sample) => {
    // What was sent before the last cut tells nothing of it.
    if (startedAt < cutAt) return
    cutAt = endedAt
    move(limit * cut)
  }
  const learn = (gradient: number) => {
    round.push(Math.min(1, gradient))
    if (round.length < limit) return
    const next = limit * (round.reduce((sum, one) => sum + one, 0) / round.length) + Math.sqrt(limit)
    // What was not made use of is no reason to allow more.
    if (next > limit && !isFull) round = []
    else move(limit + weight * (next - limit))
  }

  return {
    now: () => Math.floor(limit),
    mayStart: (kind, inFlight) =>
      inFlight === 0 || (measuring === undefined && !isDue(kind) && inFlight < Math.floor(limit)),
    started(kind, inFlight) {
      if (inFlight === 0 && isDue(kind)) measuring = kind
      if (inFlight + 1 >= Math.floor(limit)) isFull = true
    },
    ended(sample) {
      const { kind, startedAt, endedAt, result } = sample
      const isMeasured = measuring === kind
      if (isMeasured) measuring = undefined
      if (result === 'refused') refuse(sample)
      if (result !== 'done') return
      const ms = endedAt - startedAt
      const per = (rounds: number) => rounds * Math.floor(limit)
      if (isMeasured) return void known.set(kind, { aloneMs: ms, wasAlone: true, left: per(roundsBetweenMeasures) })
      const before = known.get(kind) ?? { aloneMs: ms, wasAlone: false, left: per(roundsBeforeMeasure) }
      const aloneMs = before.wasAlone ? before.aloneMs : Math.min(before.aloneMs, ms)
      known.set(kind, { ...before, aloneMs, left: before.left - 1 })
      if (!byLatency) learn(1)
      else if (ms > 0) learn((aloneMs * tolerance) / ms)
    },
  }
}
