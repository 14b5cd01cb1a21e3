import { ControllerError, type RequestDetail } from '../errors.js'
import { LostAnswer } from './errors.js'

/** Which request went wrong. `path` is the form of it that may be shown. */
export type Asked = { readonly server: string; readonly method: string; readonly path: string }

/**
 * Turns the end of a connection into words. `stopped` is our own reason to give up, which outranks what the socket said
 * then; `mayBeSpent`: a request that changes the controller had left. Only Node's code is taken from the error, and the
 * names of a certificate.
 */
export function connectionFailure(
  asked: Asked,
  stopped: string | undefined,
  error: unknown,
  mayBeSpent: boolean,
): ControllerError {
  const networkCode = stopped ?? codeOf(error)
  const { what, hint, retryable } = explain(asked.server, networkCode, error)
  const detail = { method: asked.method, path: asked.path, networkCode }
  if (mayBeSpent) return new LostAnswer(`The answer of ${asked.server} to the enrolment was lost: ${what}.`, detail)
  const request = asked.method === 'CONNECT' ? asked.server : `${asked.method} ${asked.server}${asked.path}`
  return new ControllerError(`${request}: ${what}.`, { ...detail, retryable }, hint)
}

/** The error of a server that shows another certificate than the one that was looked at before. */
export function leafChanged(): Error {
  return Object.assign(new Error('leaf changed'), { code: 'LEAF_CHANGED' })
}

/** An answer with a status or content that the caller cannot use; reads the API's own codes out of the body, no more. */
export function answerFailure(
  asked: Asked,
  answer: { readonly status: number; readonly body: Buffer },
  words: (apiCode: string | undefined) => { readonly what: string; readonly hint?: string; readonly lost?: boolean },
): ControllerError {
  const codes = codesOf(answer.body)
  const { what, hint, lost = false } = words(codes.apiCode)
  const retryable = answer.status === 429 || (answer.status >= 500 && answer.status < 600)
  const detail: RequestDetail = { method: asked.method, path: asked.path, status: answer.status, ...codes, retryable }
  const message = `${asked.method} ${asked.server}${asked.path}: ${what}.`
  return lost ? new LostAnswer(message, detail) : new ControllerError(message, detail, hint)
}

/** Whether Node's code says that the certificate, and not the network, is in the way. */
export function isCertificateCode(code: string): boolean {
  return code in certificateFaults || code === 'ERR_TLS_CERT_ALTNAME_INVALID'
}

/** Node's code of a failed connection; `UNKNOWN` when it has none. */
export function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{0,63}$/.test(code) ? code : 'UNKNOWN'
}

type Explanation = { readonly what: string; readonly hint?: string; readonly retryable: boolean }

const untrusted = 'its certificate was not issued by any of the certificates that zprom knows for this controller'
const certificateFaults: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate (or one above it) has expired',
  CERT_NOT_YET_VALID: 'its certificate (or one above it) is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  CERT_SIGNATURE_FAILURE: untrusted,
  INVALID_CA: untrusted,
  INVALID_PURPOSE: 'its certificate is not one for servers',
  LEAF_CHANGED: 'it shows another certificate than a moment ago',
}

function explain(server: string, code: string, error: unknown): Explanation {
  const fault = certificateFaults[code]
  if (fault !== undefined) return { what: `${fault} (${code})`, hint: trustHint(code), retryable: false }
  switch (code) {
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return {
        what: `its certificate is for other names (${namesOf(error)})`,
        hint: 'Use one of these names for the controller, or give the controller a certificate with the name you use.',
        retryable: false,
      }
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
      return { what: `it does not speak TLS there (${code})`, hint: addressHint(server), retryable: false }
    case 'TOO_LARGE':
      return {
        what: 'its answer is far too large for an OpenZiti controller',
        hint: addressHint(server),
        retryable: false,
      }
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return {
        what: `there is no such host name (${code})`,
        hint: reachHint(server),
        retryable: code === 'EAI_AGAIN',
      }
    case 'ECONNREFUSED':
      return { what: `nothing listens there (${code})`, hint: reachHint(server), retryable: true }
    case 'ETIMEDOUT':
      return { what: 'no answer in time (ETIMEDOUT)', hint: reachHint(server), retryable: true }
    case 'ABORT_ERR':
      return { what: 'it was called off', retryable: true }
    default:
      if (code.startsWith('HPE_')) {
        return { what: `it does not speak HTTP there (${code})`, hint: addressHint(server), retryable: false }
      }
      return { what: `the connection failed (${code})`, hint: reachHint(server), retryable: true }
  }
}

function trustHint(code: string): string {
  if (code.startsWith('CERT_')) return "Renew the controller's certificate; check the clock of this machine too."
  if (code === 'LEAF_CHANGED') {
    return 'Something answers in turns (a load balancer, a rotation, or someone in between): run again, and compare the fingerprint.'
  }
  return "Give the controller's CA certificates to zprom, and make sure that nothing answers in its place."
}

function reachHint(server: string): string {
  return `Check that the controller runs and that ${new URL(server).host} can be reached from here.`
}

function addressHint(server: string): string {
  return `Check that ${new URL(server).host} is the address of the controller's edge API.`
}

// The server chose these names: printable ASCII only, and not a page of them.
function namesOf(error: unknown): string {
  const certificate = typeof error === 'object' && error !== null && 'cert' in error ? error.cert : undefined
  const names =
    typeof certificate === 'object' && certificate !== null && 'subjectaltname' in certificate
      ? certificate.subjectaltname
      : undefined
  const text = typeof names === 'string' ? names.replaceAll(/[^\x20-\x7e]/g, '?') : 'none'
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}

function codesOf(body: Buffer): { apiCode?: string; requestId?: string; field?: string } {
  let parsed: unknown
  try {
    parsed = JSON.parse(body.toString('utf8'))
  } catch {
    return {}
  }
  const error = memberOf(parsed, 'error') ?? parsed
  const apiCode = wordOf(memberOf(error, 'code'))
  const requestId = wordOf(memberOf(error, 'requestId'))
  const field = wordOf(memberOf(memberOf(error, 'cause'), 'field'))
  return {
    ...(apiCode !== undefined && { apiCode }),
    ...(requestId !== undefined && { requestId }),
    ...(field !== undefined && { field }),
  }
}

/** A member of a decoded JSON value, if it is an object that has it. */
export function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined
}

// A request id of 0.28 may start with a dash; nothing longer or stranger gets into an error.
function wordOf(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w.-]{1,64}$/.test(value) ? value : undefined
}
