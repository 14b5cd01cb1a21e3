import { type Controller, LeaderlessError } from '../controller/index.js'
import { AuthError, ControllerError, ZpromError } from '../errors.js'
import type { Address } from '../model/entity.js'
import type { Plan, Step } from '../model/plan.js'
import type { Outcome } from '../model/report.js'
import type { Snapshot } from '../model/snapshot.js'
import type { Listener } from '../report/events.js'
import { createIdBook } from './ids.js'
import { runSteps } from './scheduler.js'
import { applyChange } from './steps.js'

/** A plan, the snapshot that it was made from, and what it takes to carry it out. */
export type ApplyOptions = {
  readonly plan: Plan
  readonly snapshot: Snapshot
  readonly controller: Controller
  /** Steps in flight at most. */
  readonly parallel: number
  readonly listener: Listener
  /** Milliseconds, from any origin. */
  readonly now: () => number
  /** Once aborted, no further step starts; those that run finish. */
  readonly signal: AbortSignal
}

/** How each step ended, in the order of the plan. */
export type ApplyResult = {
  readonly outcomes: readonly Outcome[]
  /** The failure that ended the run early: nothing that follows could have worked. */
  readonly fatal: ZpromError | undefined
}

/**
 * Carries out the steps of a plan. A failed step skips its followers, independent branches go on; an ended login or an
 * unreachable controller ends the run. Never throws for a failed step: it is an outcome.
 */
export async function applyPlan(options: ApplyOptions): Promise<ApplyResult> {
  const { plan, snapshot, controller, listener, now } = options
  const ids = createIdBook(snapshot)
  let fatal: ZpromError | undefined
  let ended = 0
  // What is enrolled afterwards is part of the same run.
  const total = plan.steps.length + plan.enrollments.length
  const warn = (text: string) => listener({ type: 'warning', text })
  const run = async (step: Step): Promise<Outcome> => {
    const { address, action } = step.change
    const started = now()
    listener({ type: 'step-started', address, action, done: ended, total })
    try {
      const detail = await applyChange(step.change, { controller, ids, stack: plan.stack, warn })
      return { address, action, result: 'done', durationMs: now() - started, ...(detail !== undefined && { detail }) }
    } catch (error) {
      if (!(error instanceof ZpromError)) throw error
      if (isFatal(error)) fatal ??= error
      return failedOutcome(address, action, error, now() - started)
    }
  }
  const outcomes = await runSteps(plan.steps, run, {
    parallel: options.parallel,
    skipReason: () =>
      options.signal.aborted ? 'interrupted' : fatal === undefined ? undefined : 'the run ended early',
    onEnd: outcome => {
      ended += 1
      listener({ type: 'step-ended', outcome, done: ended, total })
    },
  })
  return { outcomes, fatal }
}

/** The outcome of a step that failed in a way that zprom foresees. */
export function failedOutcome(address: Address, action: string, error: ZpromError, durationMs: number): Outcome {
  const outcome: Outcome = { address, action, result: 'failed', durationMs, detail: error.message }
  return error.hint === undefined ? outcome : { ...outcome, hint: error.hint }
}

/** Whether every other step would fail the same way. */
export function isFatal(error: ZpromError): boolean {
  if (error instanceof AuthError) return true
  // A cluster without a leader was waited for already; every other change would wait as long.
  return (
    error instanceof ControllerError && (error.detail.networkCode !== undefined || error instanceof LeaderlessError)
  )
}
