import { X509Certificate } from 'node:crypto'
import { managementPath } from '../controller/index.js'
import { decodeFrom } from '../kinds/index.js'
import { isUnusable } from '../model/held.js'
import { quoteWord } from '../model/shell-word.js'
import type { EnrollmentWish } from '../model/topology.js'
import { isTheirs } from '../plan/index.js'
import type { Check, Finding, VerifyContext } from './check.js'

// A certificate that ends this soon is worth a warning: somebody has to act.
const soonMs = 14 * 24 * 60 * 60_000

/** The identity is enrolled, and its certificate is in date. */
export function enrolledCheck(wish: EnrollmentWish): Check {
  return {
    id: `enrolled/${wish.identity}`,
    title: `${wish.identity} is enrolled`,
    identity: wish.identity,
    run: async context => {
      const finding = await runEnrolled(wish, context)
      return isTheirs(wish, context) ? asTheirs(finding) : finding
    },
  }
}

// Whoever made it sees to its certificate, so there is no token of it here, and nothing that zprom apply could do.
function asTheirs(finding: Finding): Finding {
  if (finding.result === 'pass') return { ...finding, detail: `${finding.detail}; somebody else made it` }
  return { result: 'warn', detail: finding.detail, hint: 'somebody else made it, and is to see to it' }
}

async function runEnrolled({ identity, by, path }: EnrollmentWish, context: VerifyContext): Promise<Finding> {
  const known = context.snapshot.enrollments.get(identity)
  if (known === undefined) return { result: 'fail', detail: 'no such identity', hint: 'make it with: zprom apply' }
  if (known.disabled !== undefined) return disabled(identity, known.disabled, context.now)
  if (known.certificate === undefined) {
    return known.otherLogins === undefined || known.ott !== undefined
      ? notEnrolled(by, context.shown(path))
      : otherwise(identity, known.otherLogins)
  }
  const held = await context.heldCertificate(identity)
  if (isUnusable(held)) {
    return {
      result: 'fail',
      detail: `enrolled, but its identity file here can't be used: ${held.problem}`,
      hint:
        held.remedy ??
        `put the file back from where it came, or enroll again with: zprom apply --re-enroll ${identity}`,
    }
  }
  if (by === 'file' && held === undefined) {
    return {
      result: 'warn',
      detail: `enrolled, but its identity file is not here (${context.shown(path)})`,
      hint: `copy it here, or enroll again with: zprom apply --re-enroll ${identity}`,
    }
  }
  const pem = held ?? (await fetchCertificate(known.certificate.authenticatorId, context))
  if (pem === undefined) return { result: 'pass', detail: 'enrolled; the controller does not show its certificate' }
  const certificate = new X509Certificate(pem)
  const isOurs = sha1Of(certificate) === known.certificate.fingerprint
  if (!isOurs) {
    return {
      result: 'fail',
      detail: `the identity file here (${context.shown(path)}) is of another enrolment`,
      hint: `replace it with: zprom apply --re-enroll ${identity}`,
    }
  }
  const finding = inDate(certificate, identity, context.now)
  if (finding.result !== 'pass' || held === undefined || (await context.isPrivate(path))) return finding
  const shown = context.shown(path)
  return { result: 'warn', detail: `others can read the key in ${shown}`, hint: `chmod 600 ${quoteWord(shown)}` }
}

// A new certificate would not help it: the controller refuses every login of such a one.
function disabled(identity: string, { until = '' }: { readonly until?: string }, now: number): Finding {
  const end = Date.parse(until)
  return {
    result: 'fail',
    detail: `disabled at the controller${end > now ? ` until ${new Date(end).toISOString()}` : ''}`,
    hint: `it was turned off there, or it failed to log in too often; enable it there, in a console or by POST ${managementPath}/identities/ID/enable, with its ID from: ziti edge list identities ${quoteWord(`name = ${JSON.stringify(identity)}`)}`,
  }
}

function notEnrolled(by: EnrollmentWish['by'], path: string): Finding {
  if (by === 'file') return { result: 'fail', detail: 'not enrolled', hint: 'enroll it with: zprom apply' }
  return { result: 'warn', detail: 'not enrolled yet', hint: `whoever is to use it enrolls with the token in ${path}` }
}

function otherwise(identity: string, logins: readonly string[]): Finding {
  return {
    result: 'warn',
    detail: `not enrolled for a certificate; it logs in by ${logins.join(', ')}`,
    hint: `if it is to have one as well: zprom apply --re-enroll ${identity}`,
  }
}

async function fetchCertificate(id: string, { controller }: VerifyContext): Promise<string | undefined> {
  const source = { url: controller.url, path: `/authenticators/${id}` }
  const { certPem } = decodeFrom(source, 'authenticator', await controller.get(source.path), raw => raw)
  return typeof certPem === 'string' && certPem !== '' ? certPem : undefined
}

function sha1Of(certificate: X509Certificate): string {
  return certificate.fingerprint.replaceAll(':', '').toLowerCase()
}

function inDate(certificate: X509Certificate, identity: string, now: number): Finding {
  const from = Date.parse(certificate.validFrom)
  const to = Date.parse(certificate.validTo)
  const day = new Date(to).toISOString().slice(0, 10)
  const hint = `get a new one with: zprom apply --re-enroll ${identity}`
  if (now < from)
    return { result: 'fail', detail: 'its certificate is not valid yet', hint: 'check the clock of this machine' }
  if (now >= to) return { result: 'fail', detail: `its certificate ended on ${day}`, hint }
  if (to - now < soonMs) return { result: 'warn', detail: `its certificate ends on ${day}`, hint }
  return { result: 'pass', detail: `certificate valid until ${day}` }
}
