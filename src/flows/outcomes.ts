import type { Outcome } from '../model/report.js'

/**
 * The outcomes of one run that looked and went on a second time. What the second look found as wanted is done, whatever was
 * thought of it at first; the order is that of the first.
 */
export function mergeOutcomes(first: readonly Outcome[], second: readonly Outcome[]): Outcome[] {
  const later = new Map(second.map(outcome => [keyOf(outcome), outcome]))
  const merged = first.map(outcome => {
    const again = later.get(keyOf(outcome))
    later.delete(keyOf(outcome))
    return again ?? (outcome.result === 'done' ? outcome : foundDone(outcome))
  })
  return [...merged, ...later.values()]
}

// An identity and its enrolment bear one address each, and a step may be another one the second time: an update of what
// was to be created.
function keyOf({ address }: Outcome): string {
  return address
}

function foundDone({ address, action, durationMs }: Outcome): Outcome {
  return { address, action, result: 'done', durationMs, detail: 'was there already' }
}
