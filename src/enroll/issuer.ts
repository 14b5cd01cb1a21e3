import { Agent } from 'node:https'
import { isIP, type Socket } from 'node:net'
import { checkServerIdentity, connect, createSecureContext } from 'node:tls'
import { UsageError } from '../errors.js'
import { maxBundleBytes, readBundle } from './certificates.js'
import { type Asked, answerFailure, codeOf, connectionFailure, isCertificateCode } from './failure.js'
import { type Answer, ask, leafOf, requireLeaf, sessionOf } from './wire.js'

/** A server and the certificates that it, and nothing else, vouches for. */
export type Issuer = {
  /** DER of the server's TLS certificate. */
  readonly certificate: Uint8Array
  /** CA certificates as PEM, in the server's order. */
  readonly bundle: string[]
  /** TLS session of a connection on which that certificate was checked. */
  readonly session: Buffer | undefined
}

/** Bounds of a look at a server. `onRequest` is called once per request that is made. */
export type ProbeOptions = {
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
  /** CA certificates (PEM) that are already known to be the controller's: then nothing is asked over an unverified connection. */
  readonly ca?: readonly string[] | undefined
  readonly onRequest?: (() => void) | undefined
}

/**
 * Learns a server's certificate and CA bundle, and proves that they belong together: a second connection trusts the
 * bundle alone, checks the host name, and must meet the same certificate. What this proves is that the server is
 * consistent, not who it is: that comes from the token's signature, from `ca`, or from a person who compares fingerprints.
 */
export async function probeServer(address: string, options: ProbeOptions): Promise<Issuer> {
  const server = originOf(address)
  const { ca } = options
  // The one place that connects without trust. It sends a GET for public data and nothing else, and is closed afterwards.
  const trust = ca === undefined ? { rejectUnauthorized: false } : { rejectUnauthorized: true, ca: [...ca] }
  const first = await fetchBundle(server, options, new Agent({ ...trust, maxCachedSessions: 0 }), leafOf)
  const bundle = readBundleOf(server, first.answer)
  const certificate = first.seen
  if (certificate === undefined) throw connectionFailure(askedOf(server), 'EPROTO', undefined, false)
  const checked = verifyingAgent({ ca: [...(ca ?? []), ...bundle], certificate })
  const { seen: session } = await fetchBundle(server, options, checked, sessionOf)
  return { certificate, bundle, session }
}

/** An agent that talks to one server only: its certificate must chain to `ca`, bear the host's name and be `certificate`. */
export function verifyingAgent(trust: {
  readonly ca: readonly string[]
  readonly certificate: Uint8Array
  readonly parallel?: number
  /** Of a connection of such an agent. */
  readonly session?: Buffer | undefined
}): Agent {
  return new Agent({
    // One for all connections: to read the certificates anew for each costs more than its handshake.
    secureContext: createSecureContext({ ca: [...trust.ca] }),
    // Said aloud, because NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment would turn it off otherwise.
    rejectUnauthorized: true,
    // A resumed session skips checkServerIdentity: none is resumed but one that went through it.
    maxCachedSessions: 0,
    ...(trust.session !== undefined && { session: trust.session }),
    checkServerIdentity: (host, found) => checkServerIdentity(host, found) ?? requireLeaf(trust.certificate, found.raw),
    ...(trust.parallel !== undefined && { keepAlive: true, maxSockets: trust.parallel, timeout: idleMs }),
  })
}

/** Whether the certificates that Node ships with already verify the server. Throws ControllerError if it cannot be reached. */
export async function isPubliclyTrusted(address: string, options: ProbeOptions): Promise<boolean> {
  const server = originOf(address)
  const url = new URL(server)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  return new Promise((resolve, reject) => {
    const servername = isIP(host) === 0 ? { servername: host } : {}
    const socket = connect({ host, port: Number(url.port || 443), rejectUnauthorized: true, ...servername })
    const stop = (code: string) => {
      end()
      reject(connectionFailure({ server, method: 'CONNECT', path: '' }, code, undefined, false))
    }
    const onAbort = () => stop('ABORT_ERR')
    const timer = setTimeout(stop, options.timeoutMs, 'ETIMEDOUT')
    const end = () => {
      clearTimeout(timer)
      options.signal?.removeEventListener('abort', onAbort)
      socket.destroy()
    }
    options.signal?.addEventListener('abort', onAbort, { once: true })
    if (options.signal?.aborted === true) onAbort()
    socket.on('secureConnect', () => {
      end()
      resolve(true)
    })
    socket.on('error', error => {
      if (!isCertificateCode(codeOf(error))) return stop(codeOf(error))
      end()
      resolve(false)
    })
  })
}

// The controller closes an idle connection after five seconds and does not say so beforehand; ours go first.
const idleMs = 4000

const path = '/.well-known/est/cacerts'

function originOf(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url?.protocol === 'https:' && url.username === '' && url.password === '') return url.origin
  throw new UsageError('The address of the controller is not of the form https://host:port.')
}

function askedOf(server: string): Asked {
  return { server, method: 'GET', path }
}

// `see` is shown the connection of the answer.
async function fetchBundle<Seen>(
  server: string,
  { timeoutMs, signal, onRequest }: ProbeOptions,
  agent: Agent,
  see: (socket: Socket) => Seen,
): Promise<{ readonly answer: Answer; readonly seen: Seen | undefined }> {
  let seen: Seen | undefined
  onRequest?.()
  try {
    const answer = await ask({
      server,
      method: 'GET',
      path,
      shownPath: path,
      headers: { accept: 'application/pkcs7-mime' },
      agent,
      timeoutMs,
      signal,
      maxBytes: maxBundleBytes,
      onAnswer: socket => {
        seen = see(socket)
      },
    })
    return { answer, seen }
  } finally {
    agent.destroy()
  }
}

function readBundleOf(server: string, answer: Answer): string[] {
  const isBundle = /^application\/pkcs7-mime\b/i.test(answer.contentType)
  if (answer.status === 200 && isBundle) return readBundle(answer.body)
  throw answerFailure(askedOf(server), answer, () => {
    const kind = answer.status === 200 ? 'something other than certificates' : `status ${answer.status}`
    return {
      what: `it answered ${kind}, so this is no OpenZiti controller, or something stands in front of it`,
      hint: `Check that ${new URL(server).host} is the address of the controller's edge API.`,
    }
  })
}
