import type { Address } from '../model/entity.js'
import type { Outcome } from '../model/report.js'

/** What a run says while it runs: the only way progress leaves apply, enroll and verify. */
export type Event =
  | { readonly type: 'observed'; readonly entities: number; readonly requests: number }
  | ({ readonly type: 'step-started'; readonly address: Address; readonly action: string } & Counts)
  | ({ readonly type: 'step-ended'; readonly outcome: Outcome } & Counts)
  | { readonly type: 'interrupted'; readonly running: number }
  | { readonly type: 'waiting'; readonly text: string }
  | { readonly type: 'warning'; readonly text: string }

/** How far a run is: steps that have ended, skipped ones too, and those of the whole run, enrolments included. */
export type Counts = { readonly done: number; readonly total: number }

/** Told of each event as it happens. */
export type Listener = (event: Event) => void

/** Says nothing. */
export const silent: Listener = () => undefined
