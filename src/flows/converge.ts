import { observe } from '../controller/index.js'
import { ApplyError, Interrupted, ZpromError } from '../errors.js'
import { doubtedDeletes, isAdoptable } from '../model/conflict.js'
import type { Held } from '../model/held.js'
import type { Adopt, Plan, Prune } from '../model/plan.js'
import type { Report } from '../model/report.js'
import type { Snapshot } from '../model/snapshot.js'
import type { Topology } from '../model/topology.js'
import { affectsAccess, type Comparison, createComparison, forecastAccess, hasWork, makePlan } from '../plan/index.js'
import { counted } from '../report/counted.js'
import type { Spent } from '../report/spent.js'
import { carryOut, type Done } from './carry-out.js'
import { type Folder, readHeld, removeSpentKeys } from './held.js'
import { mergeOutcomes } from './outcomes.js'
import { proveWritable } from './output-folder.js'
import type { Deps, KeyAlgorithm } from './ports.js'
import { fetchRoutersIfAllowed } from './routers.js'

/** What the network is to be, and what may be done about the rest. */
export type ConvergeInputs = Folder & {
  readonly topology: Topology
  readonly reEnroll: ReadonlySet<string>
  /** What to do about what is ours and no longer wanted; kept unless given. */
  readonly prune?: Prune
  /** Which entities that somebody else made are to be taken over; none unless given. */
  readonly adopt?: Adopt
  /** The command that takes `--adopt`, where the one at hand does not. */
  readonly adoptWith?: string
  /** Addresses and items of the spec to which, and to what they need, the run is limited. */
  readonly target?: ReadonlySet<string>
}

/** May change what is wanted once it is known what is there; undefined leaves it as it is. */
export type Adjust = (inputs: ConvergeInputs, snapshot: Snapshot) => Promise<ConvergeInputs | undefined>

/** Who is asked on the way, and with which kind of key identities are enrolled. */
export type ConvergeOptions = {
  readonly algorithm: KeyAlgorithm
  readonly adjust?: Adjust
  /** Looks at the plan before anything else is done with it; may throw. */
  readonly examine?: (plan: Plan) => void
  /** Shown the plan before anything is written; false ends the run with nothing done. Not asked when there is no work. */
  readonly confirm: (plan: Plan, snapshot: Snapshot) => Promise<boolean>
  /** Called after the confirmation, before the first write: the place to save an edited spec. */
  readonly beforeApply: () => Promise<void>
}

/** A plan, what it was made from, and what that cost. */
export type Preview = {
  readonly plan: Plan
  readonly snapshot: Snapshot
  readonly spent: Spent
  /** What the plan was made from, adjusted. */
  readonly inputs: ConvergeInputs
  readonly held: ReadonlyMap<string, Held>
}

/** What a plan makes of the spec as it stands. Reads only. */
export async function preview(given: ConvergeInputs, deps: Deps, adjust?: Adjust): Promise<Preview> {
  const started = deps.now()
  let comparison: Comparison | undefined
  const observing = observe(deps.controller, () => {
    comparison = createComparison(given.topology)
    return comparison.take
  })
  const reading = readHeld(given, observing, deps)
  reading.catch(() => undefined) // told below, unless there is something worse to tell
  const snapshot = await endingAtOnce(observing, deps)
  deps.listener({ type: 'observed', entities: snapshot.entities.size, requests: deps.controller.requests() })
  const adjusted = await adjust?.(given, snapshot)
  const inputs = adjusted ?? given
  const held = await endingAtOnce(adjusted === undefined ? reading : readHeld(adjusted, observing, deps), deps)
  const settled = adjusted === undefined ? comparison?.settled(snapshot) : undefined
  const made = makePlan({ ...inputs, snapshot, settled, held, now: deps.now() })
  const plan = await endingAtOnce(withForecast(made, snapshot, deps), deps)
  return {
    snapshot,
    plan,
    inputs,
    held,
    spent: { requests: deps.controller.requests(), durationMs: deps.now() - started },
  }
}

// One request more, and only when somebody's access can change.
async function withForecast(plan: Plan, snapshot: Snapshot, { controller }: Deps): Promise<Plan> {
  const isSettled = doubtedDeletes(plan).length === plan.conflicts.length
  if (!isSettled || !affectsAccess(plan)) return plan
  return { ...plan, forecast: forecastAccess(plan, snapshot, await fetchRoutersIfAllowed(controller)) }
}

/** What was planned, and what came of it. */
export type ConvergeResult = {
  readonly plan: Plan
  /** Absent when the person declined. */
  readonly report: Report | undefined
}

/**
 * Makes the controller and the output folder what the topology says. Throws ApplyError when a step failed or was skipped,
 * Interrupted after SIGINT, and the failure itself when nothing at all could be done.
 */
export async function converge(given: ConvergeInputs, options: ConvergeOptions, deps: Deps): Promise<ConvergeResult> {
  const started = deps.now()
  const { plan, snapshot, inputs, held } = await preview(given, deps, options.adjust)
  options.examine?.(plan)
  if (plan.conflicts.length > 0) throw conflictError(plan, inputs, deps, started)
  endIfInterrupted(deps)
  if (hasWork(plan) && !(await options.confirm(plan, snapshot))) return { plan, report: undefined }
  endIfInterrupted(deps)
  if (hasWork(plan)) await proveWritable(inputs.outDir, deps)
  endIfInterrupted(deps)
  await options.beforeApply()
  await removeSpentKeys(inputs, { held, snapshot }, deps)
  const { controller, now, signal } = deps
  const moves = controller.moves()
  const first = await carryOut({ plan, snapshot, inputs, algorithm: options.algorithm }, deps)
  // Which of them enrolled is not known either, when the one that did is lost.
  const isMoved = controller.moves() > moves || (first.isUnclear && controller.nodes().length > 1)
  const isLeft = isMoved && first.fatal === undefined && !signal.aborted
  const { outcomes, fatal, requests, isUnclear } = isLeft ? await finishElsewhere(first, inputs, options, deps) : first
  const report: Report = {
    outcomes,
    unchanged: plan.unchanged.length,
    requests: controller.requests() + requests,
    durationMs: now() - started,
    interrupted: signal.aborted,
  }
  throwUnlessDone(report, fatal, isUnclear)
  return { plan, report }
}

// The controller in use was lost on the way. What it still said, and what it no longer did, is looked up at the one that
// took its place, and what is left is done there.
async function finishElsewhere(
  first: Done,
  inputs: ConvergeInputs,
  { algorithm }: ConvergeOptions,
  deps: Deps,
): Promise<Done> {
  const done = new Set<string>(first.outcomes.filter(({ result }) => result === 'done').map(({ address }) => address))
  // What was asked for once is not done twice.
  const reEnroll = new Set([...inputs.reEnroll].filter(name => !done.has(`enrollment/${name}`)))
  try {
    const { plan, snapshot } = await preview({ ...inputs, reEnroll }, deps)
    if (plan.conflicts.length > 0) return first
    const second = await carryOut({ plan: withinPlan(plan, first), snapshot, inputs, algorithm }, deps)
    const left = new Set([
      ...plan.steps.map(({ change }) => change.address),
      ...plan.enrollments.map(one => one.address),
    ])
    return {
      outcomes: mergeOutcomes(first.outcomes, second.outcomes, left),
      fatal: second.fatal,
      isUnclear: second.isUnclear,
      requests: first.requests + second.requests,
    }
  } catch (error) {
    if (!(error instanceof ZpromError)) throw error
    if (error instanceof Interrupted) return first // the report says so
    deps.listener({ type: 'warning', text: `what is left could not be looked up: ${error.message}` })
    return first
  }
}

// Up to the first write nothing is lost by ending at once; what runs after it is finished, and has a report.
function endIfInterrupted({ signal }: Deps): void {
  if (signal.aborted) throw nothingChanged()
}

function nothingChanged(): Interrupted {
  return new Interrupted('interrupted; nothing was changed', null)
}

// For what only reads, which may take as long as a controller that does not answer is waited for.
async function endingAtOnce<T>(reading: Promise<T>, { signal }: Deps): Promise<T> {
  let stop: () => void = () => undefined
  const interrupted = new Promise<never>((_, reject) => {
    stop = () => reject(nothingChanged())
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
  })
  try {
    return await Promise.race([interrupted, reading])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

// The person agreed to the first plan alone: what only the second has is for another run.
function withinPlan(plan: Plan, { outcomes }: Done): Plan {
  const agreed = new Map(outcomes.map(({ address, action }) => [address, action]))
  const steps = plan.steps.filter(({ change }) => {
    const action = agreed.get(change.address)
    return action === change.action || (action === 'create' && change.action === 'update')
  })
  const kept = new Set(steps.map(({ change }) => change.address))
  return {
    ...plan,
    steps: steps.map(step => ({ ...step, waitsFor: step.waitsFor.filter(address => kept.has(address)) })),
    enrollments: plan.enrollments.filter(({ address }) => agreed.has(address)),
  }
}

function throwUnlessDone(report: Report, fatal: ZpromError | undefined, isUnclear: boolean): void {
  const undone = report.outcomes.filter(({ result }) => result !== 'done')
  if (undone.length === 0) return
  if (report.interrupted)
    throw new Interrupted('interrupted: what was running is finished, the rest was not started', report)
  // What became of a lost answer is not known, so the report has to say which it was.
  const isNothingDone = undone.length === report.outcomes.length && !isUnclear
  if (fatal !== undefined && isNothingDone) throw fatal
  const failed = undone.filter(({ result }) => result === 'failed').length
  throw new ApplyError(
    `${failed} of ${counted(report.outcomes.length, 'step')} failed${describeSkipped(undone.length - failed)}`,
    report,
    fatal?.hint ?? 'mend the cause and run the same command again: it goes on from here',
  )
}

function describeSkipped(count: number): string {
  return count === 0 ? '' : `, ${count} ${count === 1 ? 'was' : 'were'} skipped`
}

function conflictError(
  { conflicts, unchanged }: Plan,
  { adoptWith }: ConvergeInputs,
  deps: Deps,
  started: number,
): ApplyError<Report> {
  const lines = conflicts.map(({ address, reason, hint }) => `${address}: ${reason}; ${hint}`)
  const report: Report = {
    outcomes: [],
    unchanged: unchanged.length,
    requests: deps.controller.requests(),
    durationMs: deps.now() - started,
    interrupted: false,
  }
  const message = `nothing was changed, because of ${counted(lines.length, 'conflict')}:\n${lines.join('\n')}`
  const hint =
    conflicts.filter(isAdoptable).length > 1
      ? `to take over all that was not made by zprom: ${adoptWith === undefined ? '' : `${adoptWith} `}--adopt all`
      : undefined
  return new ApplyError(message, report, hint, conflicts)
}
