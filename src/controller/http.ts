import { Agent, type AgentOptions } from 'node:https'
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls'
import axios, { AxiosError, type AxiosInstance } from 'axios'
import { ControllerError } from '../errors.js'
import { type AnswerLimits, maxDocumentBytes, maxListBytes, patience, readDocument, readText } from './answer-body.js'
import { acceptedEncoding } from './encoding.js'
import { describeNetworkFailure } from './failure.js'
import { UnsentError } from './node-failure.js'
import type { ClientCertificate } from './port.js'

// The controller closes a connection that was idle for 5 s; ours go first, so that no request meets a closing one.
const idleMs = 4_000
// How long others wait for the session of a connection that is there, beyond what its handshake took.
const ticketMs = 200

/** One controller and the bounds of what is asked of it; times in milliseconds. */
export type HttpOptions = {
  readonly url: string
  /** PEM of the CA to trust; undefined means the system's own roots. */
  readonly ca: string | undefined
  /** Shown on every connection: tokens can be bound to it. */
  readonly certificate?: ClientCertificate | undefined
  readonly parallel: number
  /** Limit for one request until its answer begins, and then from one piece of it to the next, milliseconds. */
  readonly timeoutMs: number
  /** Limit for any one answer; unless given, a list may be larger than another document. */
  readonly maxBytes?: number
}

/** One request, without the session. */
export type HttpRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** From the origin, such as `/edge/management/v1/services?…`. */
  readonly path: string
  /** A value to send as JSON, or a form. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Whether the answer may be a whole collection; any other document is a small one. */
  readonly isList?: boolean
}

/** One answer, whatever its status. */
export type HttpAnswer = {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  /** The document; undefined when there is none in JSON. */
  readonly body: unknown
}

/** The connections to one controller. */
export type Http = {
  /** Any HTTP answer, whatever its status; throws ControllerError when none came, and at once when closed. */
  send(request: HttpRequest): Promise<HttpAnswer>
  count(): number
  close(): void
}

/** One kept-alive pool to one controller. TLS is always verified; redirects are never followed, so no secret moves on. */
export function createHttp(options: HttpOptions): Http {
  const agent = new Pool({
    keepAlive: true,
    // Said aloud: NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment would turn it off otherwise.
    rejectUnauthorized: true,
    maxSockets: options.parallel,
    timeout: idleMs,
    ...(options.ca !== undefined && { ca: options.ca }),
    ...(options.certificate !== undefined && { cert: options.certificate.cert, key: options.certificate.key }),
  })
  const client = axios.create({
    baseURL: options.url,
    httpsAgent: agent,
    timeout: options.timeoutMs,
    maxRedirects: 0,
    proxy: false,
    responseType: 'stream',
    validateStatus: () => true,
    transitional: { clarifyTimeoutError: true },
  })
  const times = { idleMs: options.timeoutMs, totalMs: patience * options.timeoutMs }
  const pool = { ...times, held: { bytes: 0 }, maxHeldBytes: maxListBytes }
  let count = 0
  let first: Promise<void> | undefined
  let isClosed = false
  const begin = (request: HttpRequest) => {
    // Of several lists in flight one failed, and with it the run: the others are not asked for again behind its back.
    if (isClosed) throw describeNetworkFailure(options.url, 'ECANCELED', whereOf(request))
    count += 1
    const limits = {
      ...pool,
      maxBytes: options.maxBytes ?? (request.isList === true ? maxListBytes : maxDocumentBytes),
    }
    return send(client, options, request, limits)
  }
  return {
    // A whole handshake costs the controller, whose key is RSA by default, five times as much as one that resumes a session: so
    // what comes after the first request waits until its connection has one, and fails with it when there is none to be had.
    send: async request => {
      if (first === undefined) {
        const answer = begin(request)
        first = new Promise((resolve, reject) => {
          agent.onResumable = resolve
          // What became of a request on a connection that stood says nothing of others.
          answer.then(
            () => resolve(),
            error => (agent.hasConnected || !agent.hasTried ? resolve() : reject(error)),
          )
        })
        first.catch(() => {
          first = undefined
        })
        return answer
      }
      await first.catch(error => {
        const { networkCode = 'ECONNRESET' } = error instanceof ControllerError ? error.detail : {}
        const code = isClosed ? 'ECANCELED' : networkCode
        const told = describeNetworkFailure(options.url, code, whereOf(request), options.ca !== undefined)
        throw new UnsentError(told.message, told.detail, told.hint)
      })
      return begin(request)
    },
    count: () => count,
    close: () => {
      isClosed = true
      agent.destroy()
    },
  }
}

// What is trusted and shown is the same on all connections: reading the CA's certificates anew for each costs more than its
// handshake.
class Pool extends Agent {
  private context: SecureContext | undefined
  private isResumable = false

  hasTried = false
  /** Whether a server was met that is trusted. */
  hasConnected = false

  /** Called once a connection is there whose session others can resume, or which will not bring one. */
  onResumable: () => void = () => undefined

  override createConnection(options: AgentOptions, callback?: Parameters<Agent['createConnection']>[1]) {
    this.context ??= createSecureContext(options)
    const sharing: AgentOptions = { ...options, secureContext: this.context }
    this.hasTried = true
    const socket = super.createConnection(sharing, callback)
    if (!this.isResumable && socket instanceof TLSSocket) {
      socket.once('secureConnect', () => {
        this.hasConnected = true
      })
      whenResumable(socket, () => {
        this.isResumable = true
        this.onResumable()
      })
    }
    return socket
  }
}

// Once a session of this connection is kept (by node, at the same event, before), or none is to be expected: a server that gives
// tickets does so right after the handshake, so they come a round trip later. What did not verify is of no use to others.
function whenResumable(socket: TLSSocket, then: () => void): void {
  const started = performance.now()
  let isKept = false
  let timer: NodeJS.Timeout | undefined
  socket.once('session', () => {
    isKept = true
    clearTimeout(timer)
    if (socket.authorized) then()
  })
  socket.once('secureConnect', () => {
    if (isKept) return then()
    // The answer ends the wait as well, so this is for a server that gives no tickets and takes its time.
    timer = setTimeout(then, ticketMs + performance.now() - started).unref()
  })
}

async function send(
  client: AxiosInstance,
  { url, ca }: Pick<HttpOptions, 'url' | 'ca'>,
  request: HttpRequest,
  limits: AnswerLimits,
): Promise<HttpAnswer> {
  try {
    const { status, headers, data } = await client.request({
      method: request.method,
      url: request.path,
      headers: {
        accept: 'application/json',
        'accept-encoding': acceptedEncoding(url, request.isList === true),
        ...request.headers,
      },
      ...(request.body !== undefined && { data: request.body }),
    })
    const text = await readText(data, limits)
    return { status, headers, body: readDocument(text, headers['content-type'], secretsOf(request, status)) }
  } catch (error) {
    throw describeNetworkFailure(url, codeOf(error), whereOf(request), ca !== undefined)
  }
}

function whereOf({ method, path }: HttpRequest): { method: string; path: string } {
  return { method, path: withoutQuery(path) }
}

// Only what went wrong is shown to anybody.
function secretsOf({ headers = {}, body }: HttpRequest, status: number): string[] {
  if (status < 300) return []
  const tokens = [headers['zt-session'], headers.authorization?.replace(/^Bearer /, '')]
  return [...secretsIn(body), ...tokens].flatMap(secret => secret || [])
}

// As they may stand in an answer that echoes them, JSON in Go's way included; a form is a text already.
function secretsIn(body: unknown): string[] {
  const members =
    typeof body === 'string'
      ? [...new URLSearchParams(body)]
      : Object.entries(typeof body === 'object' ? (body ?? {}) : {})
  return members.flatMap(([name, value]) =>
    secretMembers.has(name) && typeof value === 'string' ? [value, ...inJson(value)] : [],
  )
}

function inJson(text: string): string[] {
  const plain = JSON.stringify(text).slice(1, -1)
  return [plain, plain.replace(/[<>&]/g, one => `\\u00${one.charCodeAt(0).toString(16)}`)]
}

const secretMembers = new Set(['password', 'code', 'code_verifier', 'refresh_token', 'subject_token'])

/** Node's code of what ended a request. An axios error carries the request's headers, and those the token: no more goes on. */
function codeOf(error: unknown): string {
  const cause = error instanceof AxiosError ? error.cause : undefined
  for (const one of [cause, error]) {
    if (one instanceof Error && 'code' in one && typeof one.code === 'string') return one.code
  }
  return 'UNKNOWN'
}

/** A path fit for messages: filters can be long. */
export function withoutQuery(path: string): string {
  return path.split('?')[0] ?? path
}

/** The version of the controller that gave an answer, as it names itself there. */
export function versionOf({ headers }: HttpAnswer): string | undefined {
  const { server } = headers
  return typeof server === 'string' && server.startsWith('ziti-controller/') ? server.slice(16) : undefined
}
