import type { Agent } from 'node:https'
import { fingerprint, splitPem } from './certificates.js'
import { makeCsr } from './csr.js'
import { EnrollmentError } from './errors.js'
import { type Asked, answerFailure, memberOf } from './failure.js'
import { formatIdentityFile } from './identity-file.js'
import { type Issuer, probeServer, verifyingAgent } from './issuer.js'
import { keyFitsCertificate } from './key.js'
import { type EnrollmentToken, isExpired, readToken, verifyToken } from './token.js'
import { type Answer, ask } from './wire.js'

/** What an enrolment yields. `identityFile` holds the private key: write it 0600 and print nothing of it. */
export type Enrolled = {
  readonly identityFile: string
  /** The certificate, then those between it and the root, if the controller sent them. */
  readonly certPem: string
  readonly caPems: string[]
}

/** Enrolls identities one by one or in parallel; looks at each issuer once and keeps its connections open. */
export type Enroller = {
  /** Looks at a server (`https://host:port`) that is likely to be the issuer, while there are no tokens yet. */
  expect(server: string): void
  /**
   * Spends the token for a certificate of this key. The key must be on disk before: when the answer is lost
   * (LostAnswer), it is all that the certificate on the controller can be used with. `refuse`: throws when a request whose
   * turn has come is no longer to be sent.
   */
  enroll(jwt: string, keyPem: string, refuse?: () => void): Promise<Enrolled>
  /** HTTP requests made so far. */
  requests(): number
  /** Closes the connections; enrolments in flight end in an error. */
  close(): void
}

/** How an enroller talks to issuers; times in milliseconds. */
export type EnrollerOptions = {
  readonly timeoutMs: number
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Most connections to one issuer. Above about 8, controllers were seen to answer later and no faster in sum. */
  readonly parallel: number
  /** CA certificates (PEM) already known to be the controller's; go into the identity file too. */
  readonly ca?: readonly string[] | undefined
  readonly signal?: AbortSignal | undefined
  /**
   * Asked after an answer that may pass by itself, such as that of a cluster without a leader: true once it is time to ask
   * again, false to give up. `sinceMs`: when such answers began, to whichever enrolment. Unless given, there is one try.
   */
  readonly waitToRetry?: ((attempt: number, sinceMs: number) => Promise<boolean>) | undefined
  /** Makes a request when its turn has come; unless given, at once. */
  readonly inTurn?: InTurn
}

/** Decides when a call is made. */
export type InTurn = (call: () => Promise<Answer>) => Promise<Answer>

/** Makes an enroller; call `close` when done. */
export function createEnroller(options: EnrollerOptions): Enroller {
  const issuers = new Map<string, Promise<Connected>>()
  const agents = new Set<Agent>()
  let requests = 0
  // Of all enrolments, which wait for the same thing.
  let since: number | undefined
  const count = () => {
    requests += 1
  }
  // A look has connections of its own, which no agent here knows.
  const closing = new AbortController()

  const connectTo = async (server: string): Promise<Connected> => {
    const { timeoutMs, ca, parallel } = options
    const signal = options.signal === undefined ? closing.signal : AbortSignal.any([closing.signal, options.signal])
    const issuer = await probeServer(server, { timeoutMs, signal, ca, onRequest: count })
    const caPems = withoutRepeats([...(ca ?? []), ...issuer.bundle])
    const agent = verifyingAgent({ ...issuer, ca: caPems, parallel })
    agents.add(agent)
    return { ...issuer, caPems, agent }
  }
  const issuerOf = (server: string): Promise<Connected> => {
    const key = URL.canParse(server) ? new URL(server).origin : server
    const known = issuers.get(key)
    if (known !== undefined) return known
    const looked = connectTo(server)
    issuers.set(key, looked)
    // A failed look is not kept: the next identity tries again.
    looked.catch(() => issuers.delete(key))
    return looked
  }

  const redeem = async (token: EnrollmentToken, csr: string, { agent }: Connected, refuse?: () => void) => {
    const { timeoutMs, signal, now, inTurn = call => call(), waitToRetry = async () => false } = options
    for (let attempts = 1; ; attempts += 1) {
      const answer = await inTurn(async () => {
        refuse?.()
        count()
        return ask({ ...questionOf(token, csr), timeoutMs, signal, agent })
      })
      since = mayPass(answer) ? (since ?? now()) : undefined
      if (since === undefined || !(await waitToRetry(attempts, since))) return { answer, attempts }
    }
  }

  return {
    expect: server => void issuerOf(server),
    async enroll(jwt, keyPem, refuse) {
      const token = readToken(jwt)
      refuseExpired(token, options.now())
      const issuer = await issuerOf(token.issuer)
      verifyToken(jwt, issuer.certificate)
      // Before the request, so that a key that cannot sign costs no token.
      const csr = await makeCsr(keyPem, token.subject)
      refuseExpired(token, options.now())
      const { answer, attempts } = await redeem(token, csr, issuer, refuse)
      const certPem = certificateOf(token.issuer, answer, { keyPem, attempts })
      const { caPems } = issuer
      return { identityFile: formatIdentityFile({ issuer: token.issuer, keyPem, certPem, caPems }), certPem, caPems }
    },
    requests: () => requests,
    close() {
      closing.abort()
      for (const agent of agents) agent.destroy()
    },
  }
}

/** One enrolment on its own; for several of one issuer, `createEnroller` asks for the CA bundle only once. */
export async function enrollWithToken(
  request: Omit<EnrollerOptions, 'parallel'> & { readonly jwt: string; readonly keyPem: string },
): Promise<Enrolled> {
  const enroller = createEnroller({ ...request, parallel: 1 })
  try {
    return await enroller.enroll(request.jwt, request.keyPem)
  } finally {
    enroller.close()
  }
}

type Connected = Issuer & { readonly caPems: string[]; readonly agent: Agent }

// The token is in the query; this is the part of the path that may be shown.
const path = '/edge/client/v1/enroll?method=ott'

// The one form that 0.28, 1.6 and 2.0 all take; without this accept header 0.28 answers bare PEM.
function questionOf(token: EnrollmentToken, csr: string) {
  return {
    server: token.issuer,
    method: 'POST',
    path: `${path}&token=${encodeURIComponent(token.tokenId)}`,
    shownPath: path,
    headers: {
      accept: 'application/json',
      'content-type': 'application/x-pem-file',
      'content-length': String(Buffer.byteLength(csr)),
    },
    body: csr,
    maxBytes: 262_144,
  } as const
}

function refuseExpired(token: EnrollmentToken, nowMs: number): void {
  if (!isExpired(token, nowMs)) return
  const when = new Date(Math.min(token.expiresAtMs, 8.64e15)).toISOString()
  throw new EnrollmentError(
    'expired',
    `The enrollment token expired at ${when}.`,
    'Refresh the enrollment to get a new token; if it should still be valid, check the clock of this machine.',
  )
}

// Too many changes at once, or no leader to make them.
function mayPass({ status }: Answer): boolean {
  return status === 429 || status === 503
}

type Tried = { readonly keyPem: string; readonly attempts: number }

function certificateOf(server: string, answer: Answer, { keyPem, attempts }: Tried): string {
  const asked: Asked = { server, method: 'POST', path }
  if (answer.status !== 200) {
    throw answerFailure(asked, answer, code => {
      const refused = refusal(answer.status, code)
      // What is not known any more may have been spent by the try before, whatever was said of it.
      return attempts > 1 && answer.status < 500 ? { ...refused, lost: true } : refused
    })
  }
  const certPem = certificatePem(answer)
  if (certPem !== undefined && keyFitsCertificate(keyPem, certPem)) return certPem
  // The controller says that it enrolled, so the token is gone.
  throw answerFailure(asked, answer, () => ({
    what:
      certPem === undefined ? 'it answered without a certificate' : 'it answered with the certificate of another key',
    lost: true,
  }))
}

function certificatePem(answer: Answer): string | undefined {
  const text = answer.body.toString('utf8')
  try {
    const pem = text.trimStart().startsWith('{') ? memberOf(memberOf(JSON.parse(text), 'data'), 'cert') : text
    const certificates = typeof pem === 'string' ? splitPem(pem) : []
    return certificates.length === 0 ? undefined : certificates.join('')
  } catch {
    return undefined
  }
}

function refusal(status: number, apiCode: string | undefined) {
  switch (apiCode) {
    // 1.6 and 2.0 answer NOT_FOUND when another run spends the token in the same moment.
    case 'NOT_FOUND':
    case 'INVALID_ENROLLMENT_TOKEN':
      return {
        what: 'the controller does not know this enrollment token (used before, replaced, or deleted)',
        hint: 'Issue a new token for the identity; if it was used with a key that you still have, re-enroll its certificate.',
      }
    case 'ENROLLMENT_EXPIRED':
      return { what: 'the enrollment has expired', hint: 'Refresh the enrollment to get a new token.' }
    case 'COULD_NOT_PROCESS_CSR':
      return {
        what: 'the controller cannot use the certificate request',
        hint: 'Try another kind of key (P-256 works everywhere).',
      }
    case 'CLUSTER_NO_LEADER':
      return {
        what: 'the controller cluster has no leader, so that it takes no change (CLUSTER_NO_LEADER)',
        hint: 'More than half of its controllers must run and reach each other; run again then, or wait longer with --wait.',
      }
    default:
      // A gateway's or an overloaded controller's 5xx can hide an enrolment that took place.
      return {
        what: `it answered ${status}${apiCode === undefined ? '' : ` ${apiCode}`}`,
        lost: status >= 500 && status < 600,
      }
  }
}

function withoutRepeats(pems: readonly string[]): string[] {
  const bySha256 = new Map(pems.flatMap(splitPem).map(pem => [fingerprint(pem, 'sha256'), pem]))
  return [...bySha256.values()]
}
