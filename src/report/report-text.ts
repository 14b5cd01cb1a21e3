import type { Outcome, Report } from '../model/report.js'
import { counted } from './counted.js'
import { describeSpent } from './spent.js'

/** What happened, for a person: only what did not go well step by step, then the counts, requests and seconds. */
export function formatReport(report: Report): string {
  const troubles = report.outcomes.filter(({ result }) => result !== 'done')
  const skipped = troubles.filter(({ result }) => result === 'skipped')
  const untold = new Set(skipped.slice(skippedShown))
  const more = untold.size === 0 ? [] : [`  and ${untold.size} more skipped`]
  return [
    ...troubles.filter(outcome => !untold.has(outcome)).flatMap(formatTrouble),
    ...more,
    summarizeReport(report),
  ].join('\n')
}

// What was not even tried says little; an interrupted run can have hundreds of them.
const skippedShown = 10

/** The last line of a run. */
export function summarizeReport({ outcomes, unchanged, requests, durationMs, interrupted }: Report): string {
  const done = outcomes.filter(({ result }) => result === 'done')
  const count = (...actions: string[]) => done.filter(({ action }) => actions.includes(action)).length
  const parts = [
    `${count('create')} created`,
    `${count('update')} changed`,
    ...(count('delete') > 0 ? [`${count('delete')} deleted`] : []),
    `${count('enroll')} enrolled`,
    `${counted(count('save-token'), 'token')} saved`,
    `${unchanged} unchanged`,
    ...undone(outcomes),
  ]
  const verdict = interrupted ? 'Interrupted' : outcomes.length === done.length ? 'Done' : 'Incomplete'
  return `${verdict}: ${parts.join(', ')}${describeSpent({ requests, durationMs })}.`
}

function undone(outcomes: readonly Outcome[]): string[] {
  const of = (result: Outcome['result']) => outcomes.filter(outcome => outcome.result === result).length
  return [
    ...(of('failed') > 0 ? [`${of('failed')} failed`] : []),
    ...(of('skipped') > 0 ? [`${of('skipped')} skipped`] : []),
  ]
}

/** An address and what is said of it, which may begin with it. */
export function nameOnce(address: string, detail: string | undefined): string {
  if (detail === undefined) return address
  return detail.startsWith(`${address}: `) ? detail : `${address}: ${detail}`
}

function formatTrouble({ address, action, result, detail, hint }: Outcome): string[] {
  return [`  ${result} ${action} ${nameOnce(address, detail)}`, ...(hint === undefined ? [] : [`      ${hint}`])]
}
