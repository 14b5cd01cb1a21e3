import type { CheckResult } from '../model/check.js'
import { describeSpent, type Spent } from './spent.js'

const marks = { pass: 'ok  ', warn: 'warn', fail: 'FAIL', skip: 'skip' } as const

/** Check results for a person: a line each, with what to do below those that did not pass; counts last. */
export function formatChecks(results: readonly CheckResult[], spent?: Spent): string {
  return [...results.flatMap(formatCheck), summarizeChecks(results, spent)].join('\n')
}

/** The last line of a verification. */
export function summarizeChecks(results: readonly CheckResult[], spent?: Spent): string {
  const of = (result: CheckResult['result']) => results.filter(check => check.result === result).length
  return `Verify: ${of('pass')} passed, ${of('warn')} warned, ${of('fail')} failed, ${of('skip')} skipped${describeSpent(spent)}.`
}

function formatCheck({ id, title, result, detail, hint }: CheckResult): string[] {
  const line = `  ${marks[result]}  ${title}: ${detail}`
  return result === 'pass' || hint === undefined ? [line] : [line, `          ${hint}  [${id}]`]
}
