import { ControllerError, type RequestDetail } from '../errors.js'
import { asRaw, type Raw } from '../kinds/index.js'

// Codes of OpenSSL and Node that mean: the certificate is not what the pinned CA (or the system's roots) vouches for.
const untrusted = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
  'INVALID_CA',
])

/** Whether a request failed because nothing that is trusted vouches for the server's certificate. */
export function isDistrust({ detail }: ControllerError): boolean {
  return detail.networkCode !== undefined && untrusted.has(detail.networkCode)
}

type Where = { readonly method: string; readonly path: string }

/**
 * A ControllerError for a request that got no answer; says which URL, what happened, and what to try. `isPinned`: a CA was
 * given for it, so that the system's roots were not asked.
 */
export function describeNetworkFailure(url: string, code: string, where: Where, isPinned = true): ControllerError {
  const [what, hint, retryable] = !isPinned && untrusted.has(code) ? unknownCa(url) : explain(url, code)
  return new ControllerError(`${url}: ${what} (${code})`, { ...where, networkCode: code, retryable }, hint)
}

function unknownCa(url: string): ReturnType<typeof explain> {
  return [
    'its certificate is not signed by any CA that this system trusts, and no CA was given for this controller',
    `look at its CA and pin it with: zprom login ${url} (in scripts: ZPROM_CA=FILE)`,
    false,
  ]
}

function explain(url: string, code: string): [what: string, hint: string, retryable: boolean] {
  if (untrusted.has(code)) {
    return [
      'the certificate is not signed by the CA that is trusted for this controller',
      `if the controller was set up anew, look at its CA and pin it again with: zprom login ${url}; otherwise someone may be in between`,
      false,
    ]
  }
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return [
        'the certificate of the controller is out of date',
        'renew the server certificate of the controller',
        false,
      ]
    case 'CERT_NOT_YET_VALID':
      return [
        'the certificate of the controller is not valid yet',
        'check the clocks of this machine and of where the certificate was made',
        false,
      ]
    case 'INVALID_PURPOSE':
      return [
        'the certificate there is not one for servers',
        'check host and port of the controller URL, or give the controller a server certificate',
        false,
      ]
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return [
        'the certificate of the controller is for other host names',
        'use a host name that its certificate lists',
        false,
      ]
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return ['there is no such host name', 'check the controller URL and the name server', code === 'EAI_AGAIN']
    case 'ECONNREFUSED':
      return ['nothing listens there', 'check host and port of the controller URL, and that the controller runs', true]
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return ['there is no way to that host', 'check the controller URL and the network', true]
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return ['the server there does not speak TLS', 'check the port of the controller URL', false]
    case 'ETIMEDOUT':
    case 'ECONNABORTED':
      return ['no answer in time', 'check that the controller runs and is not overloaded', true]
    case 'ECANCELED':
      return ['the run has ended', 'run the same command again', false]
    case 'ERR_BAD_RESPONSE':
      return ['the answer is too large or broken', 'check that the URL is that of an OpenZiti controller', false]
    default:
      return ['the connection broke before the answer came', 'try again; look at the log of the controller', true]
  }
}

/** What an answer with an error status says, in a form that is safe to show. */
export function readFailure(status: number, body: unknown, where: Where): RequestDetail {
  const error = errorOf(body)
  const cause = objectOf(error.cause) ?? {}
  return {
    ...where,
    status,
    ...optionalText('apiCode', error.code),
    ...optionalText('requestId', error.requestId),
    ...optionalText('field', cause.field),
    retryable: isTransient(status),
  }
}

/** A ControllerError for an answer with an error status. */
export function describeFailure(url: string, status: number, body: unknown, where: Where): ControllerError {
  const detail = readFailure(status, body, where)
  const code = detail.apiCode === undefined ? '' : ` ${detail.apiCode}`
  const reason = status < 300 ? 'but with no document of the edge API' : reasonOf(body)
  const message = `${url}: ${where.method} ${where.path} was answered ${status}${code}${reason === '' ? '' : `: ${reason}`}`
  return new ControllerError(message, detail, hintFor(status, body, where))
}

/** Statuses that may pass by themselves: too many requests, no leader, time-out, gateway trouble. */
export function isTransient(status: number): boolean {
  return status === 429 || status === 500 || status === 502 || status === 503 || status === 504
}

/** Whether an answer has the form that the edge API gives all its errors and results. */
export function isEnveloped(body: unknown): boolean {
  return typeof body === 'object' && body !== null && ('data' in body || 'error' in body)
}

// Some answers (413, OIDC) are not enveloped: code and message stand at the top.
function errorOf(body: unknown): Raw {
  const raw = objectOf(body) ?? {}
  return objectOf(raw.error) ?? raw
}

// What is no object says nothing here, and must not hide the status that came with it.
function objectOf(value: unknown): Raw | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? asRaw(value, 'answer') : undefined
}

// The cause's reason is text of the API about a field; its value is left out, for it can echo a password.
function reasonOf(body: unknown): string {
  const error = errorOf(body)
  const cause = objectOf(error.cause) ?? {}
  const parts = [cause.field, cause.reason ?? cause.message ?? error.message]
  return shortLine(parts.filter(part => typeof part === 'string').join(': '))
}

// Whoever answers chose these words: nothing in them may move the cursor, and they are no page.
function shortLine(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ').trim()
  return line.length > 500 ? `${line.slice(0, 500)}…` : line
}

function hintFor(status: number, body: unknown, { method }: Where): string | undefined {
  if (!isEnveloped(body) && status !== 413) return 'is this the URL of an OpenZiti controller?'
  if (status === 429) return 'the controller is overloaded; try again, with fewer --parallel'
  if (status === 404 && method === 'GET')
    return 'it is gone, or this version of OpenZiti does not serve it (README, "Versions tested")'
  return undefined
}

function optionalText<K extends string>(key: K, value: unknown): { [P in K]?: string } {
  return (typeof value === 'string' ? { [key]: shortLine(value) } : {}) as { [P in K]?: string }
}

// What a controller says to a log-in that it does not have (any more).
const withoutSessions: ReadonlySet<number> = new Set([404, 405, 410, 501])

/** Whether a log-in was answered so because the controller makes no zt-sessions. */
export function makesNoSessions(status: number): boolean {
  return withoutSessions.has(status)
}
