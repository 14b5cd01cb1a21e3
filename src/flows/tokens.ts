import { isHung, isNeverSent, readEnrollment } from '../controller/index.js'
import { ControllerError, ZpromError } from '../errors.js'
import { decodeFrom, text } from '../kinds/index.js'
import { mapBounded } from '../model/bounded.js'
import type { EnrollmentStep } from '../model/plan.js'
import { quoteWord } from '../model/shell-word.js'
import type { ObservedEnrollment, Snapshot } from '../model/snapshot.js'
import type { Deps } from './ports.js'

// The life that controllers give a token by default; long enough to carry it to a pod, short enough to be lost.
const tokenLifeMs = 180 * 60_000

/** The one-time tokens of identities. */
export type Tokens = {
  /** Throws what kept the token from being had, ControllerError when the controller shows none. */
  of(identity: string): string
  /** One in place of a token whose issuer is lost, from the controller in use; undefined when there is none to be had. */
  elsewhere(identity: string, lost: string): Promise<string | undefined>
}

/**
 * Asks for the tokens that are not there yet, then reads all of them in one request. Throws nothing that is foreseen. Once the
 * run is interrupted no further is asked for, or given up: its enrolment does not begin either.
 */
export async function fetchTokens(
  steps: readonly EnrollmentStep[],
  { enrollments }: Pick<Snapshot, 'enrollments'>,
  deps: Pick<Deps, 'controller' | 'now' | 'parallel' | 'signal'>,
): Promise<Tokens> {
  const failures = new Map<string, ZpromError>()
  let silence: ZpromError | undefined
  const noting = async (identities: readonly string[], run: () => Promise<void>) => {
    try {
      if (silence !== undefined) throw silence
      await run()
    } catch (error) {
      if (!(error instanceof ZpromError)) throw error
      if (isSilent(error, deps)) silence ??= error
      for (const identity of identities) failures.set(identity, error)
    }
  }
  const closed = steps.filter(({ token }) => token !== 'open')
  await mapBounded(closed, deps.parallel, async step => {
    if (deps.signal.aborted) return
    await noting([step.identity], () => askForToken(step, enrollments.get(step.identity), deps))
  })
  const fresh = new Map<string, ObservedEnrollment>()
  const unread = steps.filter(({ token, identity }) => token !== 'open' || !enrollments.has(identity))
  const names = unread.map(({ identity }) => identity).filter(identity => !failures.has(identity))
  if (!deps.signal.aborted) await noting(names, () => readInto(fresh, names, deps))
  return {
    of: identity => {
      const failure = failures.get(identity)
      if (failure !== undefined) throw failure
      return (fresh.get(identity) ?? enrollments.get(identity))?.ott?.jwt ?? missing(identity)
    },
    elsewhere: async (identity, lost) => {
      const read = async () => {
        await readInto(fresh, [identity], deps)
        return fresh.get(identity)?.ott
      }
      const shown = await read()
      // Controllers of 2.x each show one that names themselves; where all show what was stored, it takes a new one.
      if (shown === undefined || shown.jwt !== lost) return shown?.jwt
      await deps.controller.post(`/enrollments/${shown.id}/refresh`, { expiresAt: endOfToken(deps.now()) })
      return (await read())?.jwt
    },
  }
}

/**
 * Whether a failure is of a controller, or an issuer, that does not answer, and of which there is no other. It is not asked by a
 * thousand then, each of which would wait for the whole of its time.
 */
export function isSilent(error: ZpromError, { controller }: Pick<Deps, 'controller'>): boolean {
  if (!(error instanceof ControllerError) || controller.nodes().length > 1) return false
  return isHung(error) || isNeverSent(error)
}

async function askForToken(
  { token, identity }: EnrollmentStep,
  known: ObservedEnrollment | undefined,
  { controller, now }: Pick<Deps, 'controller' | 'now'>,
): Promise<void> {
  if (known === undefined) return
  if (known.ott !== undefined && (token === 'replace' || token === 're-enroll')) {
    // To refresh it would not do: before 1.x that keeps its id, so the token that is given up would still be good. And beside an
    // open one the controller re-enrolls nobody.
    await controller.remove('/enrollments', known.ott.id)
    if (token === 'replace') await refuseSpent(identity, known.identityId, controller)
  }
  const expiresAt = endOfToken(now())
  if (token === 'refresh' && known.ott !== undefined) {
    await controller.post(`/enrollments/${known.ott.id}/refresh`, { expiresAt })
  } else if (token === 're-enroll' && known.certificate !== undefined) {
    await controller.post(`/authenticators/${known.certificate.authenticatorId}/re-enroll`, { expiresAt })
  } else {
    await controller.post('/enrollments', { method: 'ott', identityId: known.identityId, expiresAt })
  }
}

// From the delete on nobody can spend it; who did before is enrolled, and a new token would not undo that.
async function refuseSpent(identity: string, id: string, { url, get }: Deps['controller']): Promise<void> {
  const path = `/identities/${id}`
  const { certificate } = decodeFrom({ url, path }, 'identity', await get(path), readEnrollment)
  if (certificate === undefined) return
  throw new ControllerError(
    `enrollment/${identity}: its token was spent since the plan was made, so somebody has enrolled it`,
    { method: 'GET', path: '/identities', retryable: false },
    `if that was not whom it is meant for, take the certificate away with: zprom apply --re-enroll ${quoteWord(identity)}`,
  )
}

function endOfToken(now: number): string {
  return new Date(now + tokenLifeMs).toISOString()
}

async function readInto(
  fresh: Map<string, ObservedEnrollment>,
  names: readonly string[],
  { controller }: Pick<Deps, 'controller'>,
): Promise<void> {
  const source = { url: controller.url, path: '/identities' }
  for (const row of await controller.listByName(source.path, names)) {
    decodeFrom(source, 'identity', row, raw => fresh.set(text(raw, 'name', 'identity'), readEnrollment(raw)))
  }
}

function missing(identity: string): never {
  throw new ControllerError(
    `enrollment/${identity}: the controller shows no open token for it`,
    { method: 'GET', path: '/identities', retryable: true },
    'another run may have enrolled it in this moment; run again',
  )
}
