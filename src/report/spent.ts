import { counted } from './counted.js'

/** What a run took. */
export type Spent = { readonly requests: number; readonly durationMs: number }

/** `; 7 requests, 0.1 s`, for the end of a last line; empty when it is not known. */
export function describeSpent(spent: Spent | undefined): string {
  return spent === undefined ? '' : `; ${counted(spent.requests, 'request')}, ${(spent.durationMs / 1000).toFixed(1)} s`
}
