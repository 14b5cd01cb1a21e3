import { join } from 'node:path'
import { failedOutcome } from '../apply/index.js'
import { isNodeTrouble, lacksLeader, readClaims } from '../controller/index.js'
import { LostAnswer } from '../enroll/errors.js'
import { ControllerError, ZpromError } from '../errors.js'
import { mapBounded } from '../model/bounded.js'
import type { EnrollmentStep } from '../model/plan.js'
import type { Outcome } from '../model/report.js'
import type { Snapshot } from '../model/snapshot.js'
import type { Counts } from '../report/events.js'
import { pendingKeyPath, readKey, tokenPath } from './held.js'
import { isThere, setAside } from './output-folder.js'
import type { Deps, Enroller, KeyAlgorithm } from './ports.js'
import { fetchTokens, isSilent, type Tokens } from './tokens.js'

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
  /** That the controller takes no change at the moment, or an issuer of tokens none at all: the rest of them was not tried. */
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
  const counts = () => ({ done: ended, total })
  let fatal: ControllerError | undefined
  let isUnclear = false
  let isOver = false
  const silent = new Set<string>()
  const onFailure = (error: ZpromError, issuer: string | undefined) => {
    if (error instanceof LostAnswer) isUnclear = true
    if (!(error instanceof ControllerError) || !(lacksLeader(error) || isSilent(error, deps))) return
    fatal ??= error
    if (issuer === undefined || lacksLeader(error)) isOver = true
    else silent.add(issuer)
  }
  const skipReason = (issuer?: string) => {
    if (deps.signal.aborted) return 'interrupted'
    if (isOver) return 'the run ended early'
    return issuer !== undefined && silent.has(issuer) ? `${issuer}, which issued its token, does not answer` : undefined
  }
  const outcomes = await mapBounded(steps, deps.parallel, async step => {
    const outcome = await perform(step, { ...inputs, tokens, skipReason, counts, onFailure }, deps)
    ended += 1
    deps.listener({ type: 'step-ended', outcome, ...counts() })
    return outcome
  })
  return { outcomes, fatal, isUnclear }
}

type Run = EnrollInputs & {
  readonly tokens: Tokens
  /** Why a token of an issuer, or any at all, is not to be redeemed any more. */
  readonly skipReason: (issuer?: string) => string | undefined
  readonly counts: () => Counts
  /** Told of each; with the issuer unless the token itself was not to be had. */
  readonly onFailure: (error: ZpromError, issuer: string | undefined) => void
}

// That the run was over by the time that the turn of a request came, so that it was not sent.
class TooLate extends Error {}

async function perform(step: EnrollmentStep, run: Run, deps: Deps): Promise<Outcome> {
  const { address, action, identity, path } = step
  const { listener, now } = deps
  const started = now()
  const skipped = (detail: string): Outcome => ({ address, action, result: 'skipped', durationMs: 0, detail })
  const skip = run.missing.has(identity) ? `needs identity/${identity}` : run.skipReason()
  if (skip !== undefined) return skipped(skip)
  listener({ type: 'step-started', address, action, ...run.counts() })
  let issuer: string | undefined
  try {
    const jwt = run.tokens.of(identity)
    issuer = issuerOf(jwt)
    await fulfil(step, { jwt, issuer }, run, deps)
    return { address, action, result: 'done', durationMs: now() - started, detail: path }
  } catch (error) {
    if (error instanceof TooLate) return skipped(error.message)
    if (!(error instanceof ZpromError)) throw error
    run.onFailure(error, issuer)
    return failedOutcome(address, action, error, now() - started)
  }
}

type Token = { readonly jwt: string; readonly issuer: string | undefined }

// As the token says it; whether that is true is looked at where it is redeemed.
function issuerOf(jwt: string): string | undefined {
  const issuer = readClaims(jwt)?.iss
  return typeof issuer === 'string' ? issuer : undefined
}

async function fulfil(step: EnrollmentStep, { jwt, issuer }: Token, run: Run, deps: Deps): Promise<void> {
  const { outDir, algorithm, skipReason } = run
  const { files } = deps
  const path = join(outDir, step.path)
  if (step.action === 'save-token') return files.keepSecret(path, jwt)
  const refuse = () => {
    const reason = skipReason(issuer)
    if (reason !== undefined) throw new TooLate(reason)
  }
  refuse()
  const keyPath = pendingKeyPath(path)
  const key = (await takeUpKey(keyPath, deps)) ?? (await makePendingKey(keyPath, algorithm, deps))
  const { identityFile } = await redeem({ identity: step.identity, jwt, key, refuse }, run, deps)
  // A file of an identity that is gone: never overwritten, for nobody but its owner knows whether it is still needed.
  if (await isThere(path, deps)) await setAside(path, deps)
  await files.keepSecret(path, identityFile)
  await files.remove(keyPath)
  await files.remove(tokenPath(path)) // of the days when it was left to a tunneler; spent now
}

type Redeeming = {
  readonly identity: string
  readonly jwt: string
  readonly key: string
  /** Throws TooLate when its turn comes too late. */
  readonly refuse: () => void
}

// A token is redeemed where it was issued. When that controller of a cluster is lost, another issues a new one.
async function redeem(
  { identity, jwt, key, refuse }: Redeeming,
  { tokens, enroller }: Run,
  { controller }: Deps,
): Promise<{ readonly identityFile: string }> {
  try {
    return await enroller.enroll(jwt, key, refuse)
  } catch (error) {
    // What may be spent is no token any more: the next look at the controller tells.
    const isLost = error instanceof ControllerError && !(error instanceof LostAnswer) && isNodeTrouble(error)
    const again = isLost && controller.nodes().length > 1 ? await tokens.elsewhere(identity, jwt) : undefined
    if (again === undefined) throw error
    return enroller.enroll(again, key, refuse)
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
