import type { Held } from '../model/held.js'
import type { Conflict, EnrollmentStep } from '../model/plan.js'
import type { ObservedEnrollment, Snapshot } from '../model/snapshot.js'
import type { EnrollmentWish, Topology } from '../model/topology.js'

// A token that ends within this time may be over before it is spent.
const marginMs = 60_000

export type EnrollmentInputs = {
  readonly topology: Topology
  readonly snapshot: Snapshot
  /** By name of identity. */
  readonly held: ReadonlyMap<string, Held>
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Identities whose certificate the person gives up: they are enrolled again, here. */
  readonly reEnroll: ReadonlySet<string>
}

/** What is left to do for each identity's certificate, and what zprom will leave alone. Pure. */
export function planEnrollments(inputs: EnrollmentInputs): { steps: EnrollmentStep[]; notices: Conflict[] } {
  const steps: EnrollmentStep[] = []
  const notices: Conflict[] = []
  for (const wish of inputs.topology.enrollments) {
    if (isTheirs(wish, inputs)) continue
    const known = inputs.snapshot.enrollments.get(wish.identity)
    const held = inputs.held.get(wish.identity) ?? {}
    const next = wish.by === 'file' ? planFile(wish, known, held, inputs) : planToken(wish, known, held, inputs)
    if (next === undefined) continue
    if ('hint' in next) notices.push(next)
    else steps.push(next)
  }
  return { steps, notices }
}

// An identity that the spec only names, and that somebody else made.
function isTheirs({ identity, onlyIfMissing }: EnrollmentWish, { snapshot, topology }: EnrollmentInputs): boolean {
  const there = snapshot.entities.get(`identity/${identity}`)
  return onlyIfMissing === true && there !== undefined && there.owner?.stack !== topology.stack
}

type Next = EnrollmentStep | Conflict | undefined

function planFile(
  wish: EnrollmentWish,
  known: ObservedEnrollment | undefined,
  held: Held,
  inputs: EnrollmentInputs,
): Next {
  const { certificate, ott } = known ?? {}
  if (certificate !== undefined) {
    // Also of a good file of our own: a certificate that soon ends is replaced this way.
    if (inputs.reEnroll.has(wish.identity)) return step(wish, 'enroll', 're-enroll', 'enrolled again because asked')
    if (held.file?.fingerprint === certificate.fingerprint) return undefined
    if (held.pendingKey?.fitsCertificate === true) {
      return step(wish, 'enroll', 're-enroll', 'the answer to an earlier enrolment was lost; its key is here')
    }
    return enrolledElsewhere(wish, held)
  }
  if (known === undefined) return step(wish, 'enroll', 'open', 'new identity')
  if (ott === undefined) return step(wish, 'enroll', 'issue', 'not enrolled, and no enrollment is open')
  if (isOver(ott.expiresAt, inputs.now))
    return step(wish, 'enroll', 'refresh', 'not enrolled, and its token is out of date')
  return step(wish, 'enroll', 'open', 'not enrolled yet')
}

function planToken(
  wish: EnrollmentWish,
  known: ObservedEnrollment | undefined,
  held: Held,
  inputs: EnrollmentInputs,
): Next {
  if (known === undefined) return step(wish, 'save-token', 'open', 'new identity')
  if (known.certificate !== undefined) {
    if (!inputs.reEnroll.has(wish.identity)) return undefined
    return step(wish, 'save-token', 're-enroll', 'a new token because asked')
  }
  if (known.ott === undefined) return step(wish, 'save-token', 'issue', 'not enrolled, and no enrollment is open')
  if (isOver(known.ott.expiresAt, inputs.now)) return step(wish, 'save-token', 'refresh', 'its token is out of date')
  if (held.token === known.ott.jwt) return undefined
  return step(wish, 'save-token', 'open', held.token === undefined ? 'no token here' : 'the token here is an old one')
}

function step(
  wish: EnrollmentWish,
  action: EnrollmentStep['action'],
  token: EnrollmentStep['token'],
  reason: string,
): EnrollmentStep {
  return { address: `enrollment/${wish.identity}`, identity: wish.identity, path: wish.path, action, token, reason }
}

function enrolledElsewhere(wish: EnrollmentWish, held: Held): Conflict {
  const here = held.file === undefined ? 'no identity file of it is here' : 'the file here is of another enrolment'
  return {
    address: `enrollment/${wish.identity}`,
    reason: `enrolled elsewhere: the controller knows a certificate of it, and ${here} (${wish.path})`,
    hint: `copy the identity file here, or give up the other one with --re-enroll ${wish.identity}`,
  }
}

function isOver(expiresAt: string, now: number): boolean {
  return Date.parse(expiresAt) - marginMs <= now
}
