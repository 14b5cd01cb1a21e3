import { type ApplyResult, applyPlan } from '../apply/index.js'
import type { ZpromError } from '../errors.js'
import type { Plan } from '../model/plan.js'
import type { Outcome } from '../model/report.js'
import type { Snapshot } from '../model/snapshot.js'
import { type EnrollResult, runEnrollments } from './enroll.js'
import type { Folder } from './held.js'
import { ignoreSecrets } from './output-folder.js'
import type { Deps, Enroller, KeyAlgorithm } from './ports.js'

/** A plan and what it takes to carry it out. */
export type Work = {
  readonly plan: Plan
  readonly snapshot: Snapshot
  readonly inputs: Folder
  readonly algorithm: KeyAlgorithm
}

/** What became of a plan's steps; `requests` counts those of enrolling alone. */
export type Done = {
  readonly outcomes: readonly Outcome[]
  readonly fatal: ZpromError | undefined
  readonly requests: number
  /** Whether the answer to an enrolment was lost, so that only a look at the controller tells what became of it. */
  readonly isUnclear: boolean
}

/** Carries out the steps and the enrolments of a plan. Never throws for a failed one: it is an outcome. */
export async function carryOut(work: Work, deps: Deps): Promise<Done> {
  const { plan, snapshot, inputs } = work
  if (plan.enrollments.length > 0) await ignoreSecrets(inputs, deps)
  const { parallel, controller, listener, now, signal } = deps
  // Begun now, for what signs has to be loaded, which takes as long as making a few entities.
  const enroller = plan.enrollments.length > 0 ? deps.makeEnroller() : undefined
  // So does a look at who issues the tokens, which is the controller itself but where it says otherwise.
  const isRedeemed = plan.enrollments.some(({ action }) => action === 'enroll')
  enroller?.then(
    ready => isRedeemed && ready.expect(controller.node()),
    () => undefined, // told below, where it is waited for
  )
  const { outcomes, fatal } = await applyPlan({ plan, snapshot, controller, parallel, listener, now, signal })
  const enrolled = await enrollAfter({ outcomes, fatal }, { ...work, enroller }, deps)
  return { ...enrolled, outcomes: [...outcomes, ...enrolled.outcomes], fatal: fatal ?? enrolled.fatal }
}

type EnrollContext = Work & { readonly enroller: Promise<Enroller> | undefined }

async function enrollAfter(
  applied: ApplyResult,
  context: EnrollContext,
  deps: Deps,
): Promise<EnrollResult & Pick<Done, 'requests'>> {
  const { plan, snapshot, inputs, algorithm, enroller } = context
  const nothing = { fatal: undefined, isUnclear: false, requests: 0 }
  if (enroller === undefined) return { ...nothing, outcomes: [] }
  const ready = await enroller
  try {
    if (applied.fatal !== undefined) return { ...nothing, outcomes: skipAll(plan), requests: ready.requests() }
    // Where its tokens are issued anew if it is lost; after any step this is known already.
    await deps.controller.learnNodes()
    const undone = applied.outcomes.filter(({ result }) => result !== 'done')
    const missing = new Set(undone.map(({ address }) => address.replace(/^identity\//, '')))
    const before = applied.outcomes.length
    const result = await runEnrollments(
      { before, steps: plan.enrollments, snapshot, missing, outDir: inputs.outDir, algorithm, enroller: ready },
      deps,
    )
    return { ...result, requests: ready.requests() }
  } finally {
    ready.close()
  }
}

function skipAll(plan: Plan): Outcome[] {
  return plan.enrollments.map(({ address, action }) => ({
    address,
    action,
    result: 'skipped',
    durationMs: 0,
    detail: 'the run ended early',
  }))
}
