import type { Wanted } from '../model/entity.js'
import { type Held, isUnusable } from '../model/held.js'
import type { Adopt, Conflict, EnrollmentStep, Prune } from '../model/plan.js'
import type { ObservedEnrollment, Snapshot } from '../model/snapshot.js'
import { tokenIdOf } from '../model/token-id.js'
import type { EnrollmentWish, Topology } from '../model/topology.js'

// A token that ends within this time may be over before it is spent.
const marginMs = 60_000

/** What a plan is made from: what is wanted, what there is on the controller, and what of it is held here. */
export type EnrollmentInputs = {
  /** What to do about what is ours and no longer wanted; kept unless given. */
  readonly prune?: Prune
  /** None unless given. */
  readonly adopt?: Adopt
  /** The command that takes `--adopt`, where the one at hand does not. */
  readonly adoptWith?: string
  /** Looks at nothing but these, and what they need: addresses, and items of the spec such as `cluster/kubeA`. */
  readonly target?: ReadonlySet<string>
  readonly topology: Topology
  readonly snapshot: Snapshot
  /** What is known to be there just as wanted, and ours; it only saves time. */
  readonly settled?: ReadonlySet<Wanted> | undefined
  /** By name of identity. */
  readonly held: ReadonlyMap<string, Held>
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Identities whose certificate the person gives up: they are enrolled again, here. */
  readonly reEnroll: ReadonlySet<string>
  /** A path below the output folder as a person would type it. */
  readonly shown: (path: string) => string
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
    if (!('hint' in next)) steps.push(next)
    else if (!isOfAnotherStack(wish, inputs)) notices.push(next)
  }
  return { steps, notices }
}

/** Whether an identity is one that the spec only names, and that somebody else made: it is theirs to enroll. */
export function isTheirs(
  { identity, onlyIfMissing }: Pick<EnrollmentWish, 'identity' | 'onlyIfMissing'>,
  { snapshot, topology }: Pick<EnrollmentInputs, 'snapshot' | 'topology'>,
): boolean {
  if (onlyIfMissing !== true) return false
  const there = snapshot.entities.get(`identity/${identity}`)
  return there !== undefined && there.owner?.stack !== topology.stack
}

// How such a one gets a certificate is for that stack to say.
function isOfAnotherStack({ identity }: EnrollmentWish, { snapshot, topology }: EnrollmentInputs): boolean {
  const owner = snapshot.entities.get(`identity/${identity}`)?.owner
  return owner !== undefined && owner.stack !== topology.stack
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
    const { file, pendingKey } = held
    if (file !== undefined && !isUnusable(file) && file.fingerprint === certificate.fingerprint) return undefined
    if (pendingKey !== undefined && !isUnusable(pendingKey) && pendingKey.fitsCertificate === true) {
      return step(wish, 'enroll', 're-enroll', 'the answer to an earlier enrolment was lost; its key is here')
    }
    return enrolledWithoutUse(wish, held, inputs)
  }
  const aside = describeAside(held)
  if (known === undefined) return step(wish, 'enroll', 'open', `new identity${aside}`)
  if (hasOwnLogin(known, wish, inputs)) return loginElsewhere(wish, known)
  if (ott === undefined) return step(wish, 'enroll', 'issue', `not enrolled, and no enrollment is open${aside}`)
  if (isOver(ott.expiresAt, inputs.now))
    return step(wish, 'enroll', 'refresh', `not enrolled, and its token is out of date${aside}`)
  return step(wish, 'enroll', 'open', `not enrolled yet${aside}`)
}

// No certificate hangs on them, so new ones cost nothing; what is here is kept all the same. It may be of another network.
function describeAside({ file, pendingKey }: Held): string {
  const other = file === undefined ? '' : '; the file here is of another enrolment, and is kept as .old'
  return pendingKey !== undefined && isUnusable(pendingKey) ? `${other}; a new key, for ${pendingKey.problem}` : other
}

function planToken(
  wish: EnrollmentWish,
  known: ObservedEnrollment | undefined,
  held: Held,
  inputs: EnrollmentInputs,
): Next {
  if (known === undefined) return step(wish, 'save-token', 'open', 'new identity')
  if (known.certificate !== undefined) {
    if (inputs.reEnroll.has(wish.identity)) return step(wish, 'save-token', 're-enroll', 'a new token because asked')
    // Enrolled by its pod or person is the normal case. A file of it here was not: then nobody will ever have a token.
    return held.file === undefined ? undefined : enrolledHere(wish, inputs)
  }
  if (hasOwnLogin(known, wish, inputs)) return loginElsewhere(wish, known)
  if (known.ott === undefined) return step(wish, 'save-token', 'issue', 'not enrolled, and no enrollment is open')
  // The one that is there may be in the wrong hands, and to refresh it could make it good again.
  if (inputs.reEnroll.has(wish.identity)) return step(wish, 'save-token', 'replace', 'a new token because asked')
  if (isOver(known.ott.expiresAt, inputs.now)) return step(wish, 'save-token', 'refresh', 'its token is out of date')
  if (typeof held.token === 'string' && tokenIdOf(held.token) === tokenIdOf(known.ott.jwt)) return undefined
  return step(wish, 'save-token', 'open', describeToken(held))
}

function describeToken({ token }: Held): string {
  if (token === undefined) return 'no token here'
  return isUnusable(token) ? `the token here can't be used: ${token.problem}` : 'the token here is an old one'
}

function step(
  wish: EnrollmentWish,
  action: EnrollmentStep['action'],
  token: EnrollmentStep['token'],
  reason: string,
): EnrollmentStep {
  return { address: `enrollment/${wish.identity}`, identity: wish.identity, path: wish.path, action, token, reason }
}

type Wording = Pick<EnrollmentInputs, 'shown'>

function enrolledWithoutUse(wish: EnrollmentWish, held: Held, { shown }: Wording): Conflict {
  const again = `zprom apply --re-enroll ${wish.identity}`
  const notice = (reason: string, hint: string): Conflict => ({ address: `enrollment/${wish.identity}`, reason, hint })
  const { file, pendingKey, kept } = held
  if (kept !== undefined) {
    return notice(
      `enrolled, and the identity file of that was kept aside as ${shown(kept)}; here is ${file === undefined ? 'none' : 'another'}`,
      `rename ${shown(kept)} to ${shown(wish.path)}; where two specs share the folder, give each an "output:" of its own`,
    )
  }
  if (file !== undefined && isUnusable(file)) {
    return notice(
      `enrolled, but its identity file here can't be used: ${file.problem}`,
      file.remedy ?? `put the file back from where it came, or enroll again, which keeps this one aside: ${again}`,
    )
  }
  if (file === undefined && pendingKey !== undefined && isUnusable(pendingKey)) {
    return notice(
      `enrolled, and no identity file of it is here; the key that waits here can't be used: ${pendingKey.problem}`,
      pendingKey.remedy ?? `copy the identity file here, or enroll again, which keeps this key aside: ${again}`,
    )
  }
  const here = file === undefined ? 'no identity file of it is here' : 'the file here is of another enrolment'
  return notice(
    `enrolled elsewhere: the controller knows a certificate of it, and ${here} (${shown(wish.path)})`,
    `copy the identity file here, or give up the other one with: ${again}`,
  )
}

function enrolledHere({ identity, path }: EnrollmentWish, { shown }: Wording): Conflict {
  return {
    address: `enrollment/${identity}`,
    reason: `the spec leaves it to a token, but it is enrolled here already (${shown(path.replace(/\.jwt$/, '.json'))}), so there is no token`,
    hint: `set "enroll: true" again, or give the certificate up for a new token with: zprom apply --re-enroll ${identity}`,
  }
}

// Nobody asked for one more way in beside a password or an external id; a token that is open already is another matter.
function hasOwnLogin(
  { ott, otherLogins }: ObservedEnrollment,
  { identity }: EnrollmentWish,
  { reEnroll }: EnrollmentInputs,
) {
  return ott === undefined && otherLogins !== undefined && !reEnroll.has(identity)
}

function loginElsewhere({ identity }: EnrollmentWish, { otherLogins = [] }: ObservedEnrollment): Conflict {
  return {
    address: `enrollment/${identity}`,
    reason: `it has no certificate, but logs in by ${otherLogins.join(', ')} already, so no token is issued`,
    hint: `to enroll it for a certificate as well: zprom apply --re-enroll ${identity}`,
  }
}

function isOver(expiresAt: string, now: number): boolean {
  return Date.parse(expiresAt) - marginMs <= now
}
