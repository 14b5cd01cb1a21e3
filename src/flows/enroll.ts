import { join } from 'node:path'
import { failedOutcome } from '../apply/index.js'
import { isNodeTrouble, lacksLeader } from '../controller/index.js'
import { LostAnswer } from '../enroll/errors.js'
import { ControllerError, ZpromError } from '../errors.js'
import { mapBounded } from '../model/bounded.js'
import type { EnrollmentStep } from '../model/plan.js'
import type { Outcome } from '../model/report.js'
import type { Snapshot } from '../model/snapshot.js'
import { pendingKeyPath, readKey, tokenPath } from './held.js'
import { isThere, setAside } from './output-folder.js'
import type { Deps, Enroller, KeyAlgorithm } from './ports.js'
import { fetchTokens, type Tokens } from './tokens.js'

/** The enrolments of a plan, and where their files go. */
export type EnrollInputs = {
  readonly steps: readonly EnrollmentStep[]
  /** How many steps of the run ended before. */
  readonly before: number
  readonly snapshot: Snapshot
  /** Identities that could not be made: their enrolment is skipped. */
  readonly missing: ReadonlySet<string>
  readonly outDir: string
  readonly algorithm: KeyAlgorithm
  readonly enroller: Enroller
}

/** What became of enrolments, each of which ends in an outcome. */
export type EnrollResult = {
  readonly outcomes: readonly Outcome[]
  /** That the controller takes no change at the moment, which ended at least one of them. */
  readonly fatal: ControllerError | undefined
  /** Whether an answer was lost, so that a token may be spent. */
  readonly isUnclear: boolean
}

/** Carries out the enrolments of a plan. */
export async function runEnrollments(inputs: EnrollInputs, deps: Deps): Promise<EnrollResult> {
  const { steps, before, missing, snapshot } = inputs
  const able = steps.filter(({ identity }) => !missing.has(identity))
  const tokens = await fetchTokens(able, snapshot, deps)
  const total = before + steps.length
  let ended = before
  let fatal: ControllerError | undefined
  let isUnclear = false
  const onFailure = (error: ZpromError) => {
    if (error instanceof LostAnswer) isUnclear = true
    else if (error instanceof ControllerError && lacksLeader(error)) fatal ??= error
  }
  const outcomes = await mapBounded(steps, deps.parallel, async step => {
    const outcome = await perform(step, { ...inputs, tokens, onFailure }, deps)
    ended += 1
    deps.listener({ type: 'step-ended', outcome, done: ended, total })
    return outcome
  })
  return { outcomes, fatal, isUnclear }
}

type Run = EnrollInputs & { readonly tokens: Tokens; readonly onFailure: (error: ZpromError) => void }

async function perform(step: EnrollmentStep, run: Run, deps: Deps): Promise<Outcome> {
  const { address, action, identity, path } = step
  const { listener, now, signal } = deps
  const started = now()
  const skip = run.missing.has(identity) ? `needs identity/${identity}` : signal.aborted ? 'interrupted' : undefined
  if (skip !== undefined) return { address, action, result: 'skipped', durationMs: 0, detail: skip }
  listener({ type: 'step-started', address, action })
  try {
    await fulfil(step, run, deps)
    return { address, action, result: 'done', durationMs: now() - started, detail: path }
  } catch (error) {
    if (!(error instanceof ZpromError)) throw error
    run.onFailure(error)
    return failedOutcome(address, action, error, now() - started)
  }
}

async function fulfil(step: EnrollmentStep, { tokens, outDir, algorithm, enroller }: Run, deps: Deps): Promise<void> {
  const { files } = deps
  const path = join(outDir, step.path)
  const jwt = tokens.of(step.identity)
  if (step.action === 'save-token') return files.keepSecret(path, jwt)
  const keyPath = pendingKeyPath(path)
  const key = (await takeUpKey(keyPath, deps)) ?? (await makePendingKey(keyPath, algorithm, deps))
  const { identityFile } = await redeem({ identity: step.identity, jwt, key }, { tokens, enroller }, deps)
  // A file of an identity that is gone: never overwritten, for nobody but its owner knows whether it is still needed.
  if (await isThere(path, deps)) await setAside(path, deps)
  await files.keepSecret(path, identityFile)
  await files.remove(keyPath)
  await files.remove(tokenPath(path)) // of the days when it was left to a tunneler; spent now
}

type Redeeming = { readonly identity: string; readonly jwt: string; readonly key: string }

// A token is redeemed where it was issued. When that controller of a cluster is lost, another issues a new one.
async function redeem(
  { identity, jwt, key }: Redeeming,
  { tokens, enroller }: Pick<Run, 'tokens' | 'enroller'>,
  { controller }: Deps,
): Promise<{ readonly identityFile: string }> {
  try {
    return await enroller.enroll(jwt, key)
  } catch (error) {
    // What may be spent is no token any more: the next look at the controller tells.
    const isLost = error instanceof ControllerError && !(error instanceof LostAnswer) && isNodeTrouble(error)
    const again = isLost && controller.nodes().length > 1 ? await tokens.elsewhere(identity, jwt) : undefined
    if (again === undefined) throw error
    return enroller.enroll(again, key)
  }
}

// A key that can't be used is of no enrolment, but a person may know better: it is kept aside.
async function takeUpKey(keyPath: string, deps: Deps): Promise<string | undefined> {
  if (!(await isThere(keyPath, deps))) return undefined
  const key = await readKey(keyPath, deps)
  if (typeof key === 'string') return key
  await setAside(keyPath, deps)
  return undefined
}

// On disk before the token is spent: a lost answer then costs nothing.
async function makePendingKey(keyPath: string, algorithm: KeyAlgorithm, { files, makeKey }: Deps): Promise<string> {
  const key = await makeKey(algorithm)
  await files.keepSecret(keyPath, key)
  return key
}
