import type { Address } from './entity.js'

/** How one step ended. Durations in milliseconds. */
export type Outcome = {
  readonly address: Address
  readonly action: string
  readonly result: 'done' | 'failed' | 'skipped'
  readonly durationMs: number
  /** Why it failed or was skipped. */
  readonly detail?: string
  /** What to do about it. */
  readonly hint?: string
}

/** What happened in one run. */
export type Report = {
  readonly outcomes: readonly Outcome[]
  readonly unchanged: number
  readonly requests: number
  readonly durationMs: number
  readonly interrupted: boolean
}
