import type { Address } from '../model/entity.js'
import type { Outcome } from '../model/report.js'

/**
 * The outcomes of one run that looked and went on a second time, in the order of the first. `left`: what the second look
 * found undone. What it did not find so is done, whatever was thought of it at first.
 */
export function mergeOutcomes(
  first: readonly Outcome[],
  second: readonly Outcome[],
  left: ReadonlySet<Address>,
): Outcome[] {
  const later = new Map(second.map(outcome => [outcome.address, outcome]))
  return first.map(outcome => {
    const { address, action, result, durationMs } = outcome
    const stands = result === 'done' || left.has(address)
    return (
      later.get(address) ??
      (stands ? outcome : { address, action, result: 'done', durationMs, detail: 'was there already' })
    )
  })
}
