import { ControllerError } from '../errors.js'
import { isDistrust } from './failure.js'

// Codes of a connection that did not come about, so that nothing of the request can have arrived.
const overtaken = 'EOVERTAKEN'
const neverSent = new Set([
  overtaken,
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPROTO',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'INVALID_PURPOSE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
])

// What ends a request otherwise than through the node: our own closing, and an answer that is none.
const notTheNode = new Set(['ECANCELED', 'ERR_BAD_RESPONSE'])

/** Whether a request certainly never reached the controller. */
export function isNeverSent(error: ControllerError): boolean {
  return error instanceof UnsentError || hasNoConnection(error)
}

/** That a request was not sent, for the connection that it waited for did not come about: what became of that. */
export class UnsentError extends ControllerError {}

function hasNoConnection(error: ControllerError): boolean {
  const { networkCode } = error.detail
  return networkCode !== undefined && (neverSent.has(networkCode) || isDistrust(error))
}

/** That a request was not sent, for while it waited for its turn another node took the place of this one. */
export function overtakenBy(url: string, { method, path }: { readonly method: string; readonly path: string }) {
  return new ControllerError(`${url}: was left before ${method} ${path} was sent`, {
    method,
    path,
    networkCode: overtaken,
    retryable: true,
  })
}

/** Whether a request was not sent, for its node had been left. */
export function isOvertaken({ detail }: ControllerError): boolean {
  return detail.networkCode === overtaken
}

/** Whether another node of the same cluster may do better: no answer, or one of a gateway. */
export function isNodeTrouble(error: ControllerError): boolean {
  const { networkCode, status } = error.detail
  if (error instanceof NoNodeError || lacksLeader(error)) return false
  if (networkCode !== undefined) return !notTheNode.has(networkCode)
  return status === 502 || status === 503 || status === 504
}

/**
 * Whether a node that has just failed is to be given up: a connection can break once for no reason, so that takes a second
 * time; what was never sent, or hangs, says enough at once.
 */
export function isLost(error: ControllerError, hasFailedBefore: boolean): boolean {
  return hasFailedBefore || hasNoConnection(error) || isHung(error)
}

/** Whether there was no answer in time. */
export function isHung({ detail }: ControllerError): boolean {
  return detail.networkCode === 'ETIMEDOUT'
}

/** Whether the cluster could not take a change for want of a leader (controller/apierror/messages.go of 1.x and 2.x). */
export function lacksLeader({ detail }: ControllerError): boolean {
  return detail.apiCode === 'CLUSTER_NO_LEADER'
}

/** That a change was waited for in vain; any other would be waited for as long. */
export class LeaderlessError extends ControllerError {}

/** That there was no leader for as long as was waited. */
export function noLeader({ message, detail }: ControllerError, waitedMs: number): LeaderlessError {
  return new LeaderlessError(
    detail.status === 429 ? message : `${message}; the controller cluster had no leader for ${waitedMs / 1000} s`,
    detail,
    'more than half of its controllers must run and reach each other; see "ziti agent cluster list" there, or wait longer with --wait',
  )
}

/** That each node was tried, so that there is no other to turn to. */
class NoNodeError extends ControllerError {}

/** That each node of a cluster was tried in vain: what became of each. */
export function noneAnswers({ detail }: ControllerError, failures: readonly ControllerError[]): ControllerError {
  const lines = failures.map(({ message }) => `  ${message}`)
  const [first] = failures
  return new NoNodeError(
    `none of the ${lines.length} controllers of the cluster answers:\n${lines.join('\n')}`,
    detail,
    first !== undefined && failures.every(isDistrust)
      ? first.hint
      : 'check that they run, and that the list of their URLs is right',
  )
}
