import { join } from 'node:path'
import { failedOutcome } from '../apply/index.js'
import { isNodeTrouble, readEnrollment } from '../controller/index.js'
import { LostAnswer } from '../enroll/errors.js'
import { ControllerError, ZpromError } from '../errors.js'
import { decodeFrom, text } from '../kinds/index.js'
import { mapBounded } from '../model/bounded.js'
import type { EnrollmentStep } from '../model/plan.js'
import type { Outcome } from '../model/report.js'
import type { ObservedEnrollment, Snapshot } from '../model/snapshot.js'
import { pendingKeyPath, readKey, tokenPath } from './held.js'
import { isThere, setAside } from './output-folder.js'
import type { Deps, Enroller, KeyAlgorithm } from './ports.js'

// The life that controllers give a token by default; long enough to carry it to a pod, short enough to be lost.
const tokenLifeMs = 180 * 60_000

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

/** Carries out the enrolments of a plan; every step ends in an outcome. */
export async function runEnrollments(inputs: EnrollInputs, deps: Deps): Promise<Outcome[]> {
  const run = createRun(inputs, deps)
  await run.prepare(inputs.steps.filter(step => !inputs.missing.has(step.identity)))
  return mapBounded(inputs.steps, deps.parallel, run.perform)
}

function createRun({ steps: all, before, snapshot, missing, outDir, algorithm, enroller }: EnrollInputs, deps: Deps) {
  const { controller, files, listener, now } = deps
  const fresh = new Map<string, ObservedEnrollment>()
  const failures = new Map<string, ZpromError>()
  let ended = before

  const readAgain = async (names: readonly string[]) => {
    const source = { url: controller.url, path: '/identities' }
    for (const row of await controller.listByName(source.path, names)) {
      decodeFrom(source, 'identity', row, raw => fresh.set(text(raw, 'name', 'identity'), readEnrollment(raw)))
    }
  }

  // Tokens that are not there yet are asked for, then all of them are read in one request.
  const prepare = async (steps: readonly EnrollmentStep[]) => {
    const ids = await readIds(steps)
    await mapBounded(
      steps.filter(({ token }) => token !== 'open'),
      deps.parallel,
      async step => {
        try {
          await askForToken(step, ids.get(step.identity))
        } catch (error) {
          failures.set(step.identity, foreseen(error))
        }
      },
    )
    const unread = steps.filter(step => step.token !== 'open' || !snapshot.enrollments.has(step.identity))
    const names = unread.map(({ identity }) => identity).filter(name => !fresh.has(name) && !failures.has(name))
    try {
      await readAgain(names)
    } catch (error) {
      for (const name of names) failures.set(name, foreseen(error))
    }
  }

  const readIds = async (steps: readonly EnrollmentStep[]) => {
    const known = steps.flatMap(({ identity }) => {
      const enrollment = snapshot.enrollments.get(identity)
      return enrollment === undefined ? [] : [[identity, enrollment] as const]
    })
    return new Map(known)
  }

  const askForToken = async (step: EnrollmentStep, known: ObservedEnrollment | undefined) => {
    const expiresAt = new Date(now() + tokenLifeMs).toISOString()
    if (known === undefined) return
    if (step.token === 'refresh' && known.ott !== undefined) {
      await controller.post(`/enrollments/${known.ott.id}/refresh`, { expiresAt })
    } else if (step.token === 're-enroll' && known.certificate !== undefined) {
      await controller.post(`/authenticators/${known.certificate.authenticatorId}/re-enroll`, { expiresAt })
    } else {
      await controller.post('/enrollments', { method: 'ott', identityId: known.identityId, expiresAt })
    }
  }

  const perform = async (step: EnrollmentStep): Promise<Outcome> => {
    const started = now()
    const { address, action } = step
    const outcome = await performStep(step, started)
    ended += 1
    listener({ type: 'step-ended', outcome: { ...outcome, address, action }, done: ended, total: before + all.length })
    return outcome
  }

  const performStep = async (step: EnrollmentStep, started: number): Promise<Outcome> => {
    const { address, action, identity } = step
    const skip = missing.has(identity) ? `needs identity/${identity}` : deps.signal.aborted ? 'interrupted' : undefined
    if (skip !== undefined) return { address, action, result: 'skipped', durationMs: 0, detail: skip }
    listener({ type: 'step-started', address, action })
    try {
      const failure = failures.get(identity)
      if (failure !== undefined) throw failure
      await fulfil(step)
      return { address, action, result: 'done', durationMs: now() - started, detail: step.path }
    } catch (error) {
      return failedOutcome(address, action, foreseen(error), now() - started)
    }
  }

  const fulfil = async (step: EnrollmentStep) => {
    const path = join(outDir, step.path)
    const jwt = (fresh.get(step.identity) ?? snapshot.enrollments.get(step.identity))?.ott?.jwt
    if (jwt === undefined) throw noToken(step.identity)
    if (step.action === 'save-token') return files.keepSecret(path, jwt)
    const keyPath = pendingKeyPath(path)
    const key = (await takeUpKey(keyPath)) ?? (await makePendingKey(keyPath))
    const { identityFile } = await redeem(step, jwt, key)
    // A file of an identity that is gone: never overwritten, for nobody but its owner knows whether it is still needed.
    if (await isThere(path, deps)) await setAside(path, deps)
    await files.keepSecret(path, identityFile)
    await files.remove(keyPath)
    await files.remove(tokenPath(path)) // of the days when it was left to a tunneler; spent now
  }

  // A token is redeemed where it was issued. When that controller of a cluster is lost, another issues a new one.
  const redeem = async (step: EnrollmentStep, jwt: string, key: string) => {
    try {
      return await enroller.enroll(jwt, key)
    } catch (error) {
      // What may be spent is no token any more: the next look at the controller tells.
      const isLost = error instanceof ControllerError && !(error instanceof LostAnswer) && isNodeTrouble(error)
      const again = isLost && controller.nodes().length > 1 ? await issueElsewhere(step, jwt) : undefined
      if (again === undefined) throw error
      return enroller.enroll(again, key)
    }
  }

  const issueElsewhere = async ({ identity }: EnrollmentStep, lost: string): Promise<string | undefined> => {
    await readAgain([identity])
    const shown = fresh.get(identity)?.ott
    // Controllers of 2.x each show one that names themselves; where all show what was stored, it takes a new one.
    if (shown === undefined || shown.jwt !== lost) return shown?.jwt
    await controller.post(`/enrollments/${shown.id}/refresh`, {
      expiresAt: new Date(now() + tokenLifeMs).toISOString(),
    })
    await readAgain([identity])
    return fresh.get(identity)?.ott?.jwt
  }

  // A key that can't be used is of no enrolment, but a person may know better: it is kept aside.
  const takeUpKey = async (keyPath: string) => {
    if (!(await isThere(keyPath, deps))) return undefined
    const key = await readKey(keyPath, deps)
    if (typeof key === 'string') return key
    await setAside(keyPath, deps)
    return undefined
  }

  // On disk before the token is spent: a lost answer then costs nothing.
  const makePendingKey = async (keyPath: string) => {
    const key = await deps.makeKey(algorithm)
    await files.keepSecret(keyPath, key)
    return key
  }

  return { prepare, perform }
}

function noToken(identity: string): ControllerError {
  return new ControllerError(
    `enrollment/${identity}: the controller shows no open token for it`,
    { method: 'GET', path: '/identities', retryable: true },
    'another run may have enrolled it in this moment; run again',
  )
}

function foreseen(error: unknown): ZpromError {
  if (error instanceof ZpromError) return error
  throw error
}
