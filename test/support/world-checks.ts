import assert from 'node:assert/strict'
import { ApplyError, Interrupted } from '../../src/errors.js'
import type { Plan } from '../../src/model/plan.js'
import type { Outcome, Report } from '../../src/model/report.js'
import { hasWork } from '../../src/plan/index.js'

/** Fails unless a plan would do nothing at all. */
export function assertEmpty(plan: Plan): void {
  const { enrollments, conflicts } = plan
  assert.deepEqual({ steps: stepsOf(plan), enrollments, conflicts }, { steps: [], enrollments: [], conflicts: [] })
  assert.equal(hasWork(plan), false)
}

/** Addresses of a plan's steps, each with its action. */
export function stepsOf({ steps }: Plan): string[] {
  return steps.map(({ change }) => `${change.action} ${change.address}`)
}

/** What a run throws; fails when it does not throw. */
export async function failureOf(run: Promise<unknown>): Promise<Error> {
  const error: unknown = await run.then(
    () => undefined,
    thrown => thrown,
  )
  assert.ok(error instanceof Error, 'it went well')
  return error
}

/** The report that a run which did not get everything done carries with its error. */
export function reportOf(error: Error): Report {
  assert.ok(error instanceof ApplyError || error instanceof Interrupted, error.stack)
  return error.report
}

/** Address -> how its step ended. */
export function resultsOf({ outcomes }: Pick<Report, 'outcomes'>): Record<string, Outcome['result']> {
  return Object.fromEntries(outcomes.map(({ address, result }) => [address, result]))
}

/** Waits until something is so; asks often, for ten seconds at most unless told otherwise. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, limitMs = 10_000): Promise<void> {
  const deadline = Date.now() + limitMs
  while (!(await isSo())) {
    assert.ok(Date.now() < deadline, `waited in vain until ${what}`)
    await new Promise(resolve => setTimeout(resolve, 25))
  }
}
