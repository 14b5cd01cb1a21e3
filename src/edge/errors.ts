import { ZpromError } from '../errors.js'

/** What went wrong between zprom and an edge router, or between the router and the host. */
export type EdgeFault =
  /** What arrived is not the protocol, or breaks its rules. */
  | 'protocol'
  /** The router can't be reached, or the channel to it ended. */
  | 'unreachable'
  /** The router or the controller does not accept the session. */
  | 'session'
  /** No right to dial or host the service, or there is no such service. */
  | 'denied'
  /** Nothing hosts the service, or not under the identity asked for. */
  | 'no-terminator'
  /** The host is there but did not take the call. */
  | 'host'
  | 'timeout'
  /** The other side does not encrypt as the service requires, or what it sent can't be opened. */
  | 'encryption'
  /** This side ended it. */
  | 'closed'

/** A failure of the data plane. Never holds a socket, a token or a key. Exit 5. */
export class EdgeError extends ZpromError {
  readonly code = 'EDGE'
  readonly fault: EdgeFault
  constructor(message: string, fault: EdgeFault, hint?: string) {
    super(message, 5, hint)
    this.fault = fault
  }
}

/** The text of a router, fit to be shown: tokens are taken out of it (0.28 routers put them there), line ends too. */
export function scrub(text: string): string {
  return text
    .replace(/eyJ[\w-]+(?:\.[\w-]*)*/g, '…')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, '…')
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, 500)
}
