import { Agent } from 'node:https'
import axios, { AxiosError, type AxiosInstance } from 'axios'
import type { ControllerError } from '../errors.js'
import { describeNetworkFailure } from './failure.js'
import type { ClientCertificate } from './port.js'

// The controller closes a connection that was idle for 5 s; ours go first, so that no request meets a closing one.
const idleMs = 4_000
// Far above any list that a controller sends (5,000 identities are about 8 MB), far below what hurts.
const maxAnswerBytes = 512 * 1024 * 1024

export type HttpOptions = {
  readonly url: string
  /** PEM of the CA to trust; undefined means the system's own roots. */
  readonly ca: string | undefined
  /** Shown on every connection: tokens can be bound to it. */
  readonly certificate?: ClientCertificate | undefined
  readonly parallel: number
  /** Limit for one request, milliseconds. */
  readonly timeoutMs: number
}

export type HttpRequest = {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** From the origin, such as `/edge/management/v1/services?…`. */
  readonly path: string
  /** A value to send as JSON, or a form. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export type HttpAnswer = {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: unknown
}

export type Http = {
  /** Any HTTP answer, whatever its status; throws ControllerError when none came. */
  send(request: HttpRequest): Promise<HttpAnswer>
  count(): number
  close(): void
}

/** One kept-alive pool to one controller. TLS is always verified; redirects are never followed, so no secret moves on. */
export function createHttp(options: HttpOptions): Http {
  const agent = new Agent({
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
    maxContentLength: maxAnswerBytes,
    proxy: false,
    validateStatus: () => true,
    transitional: { clarifyTimeoutError: true, silentJSONParsing: true },
  })
  let count = 0
  return {
    send: request => {
      count += 1
      return send(client, options.url, request)
    },
    count: () => count,
    close: () => agent.destroy(),
  }
}

async function send(client: AxiosInstance, url: string, request: HttpRequest): Promise<HttpAnswer> {
  try {
    const { status, headers, data } = await client.request({
      method: request.method,
      url: request.path,
      headers: { accept: 'application/json', ...request.headers },
      ...(request.body !== undefined && { data: request.body }),
    })
    return { status, headers, body: data }
  } catch (error) {
    throw reduce(error, url, request)
  }
}

// An axios error carries the request's headers, and those carry the session token: only its code goes on.
function reduce(error: unknown, url: string, { method, path }: HttpRequest): ControllerError {
  const code = error instanceof AxiosError ? (causeCode(error) ?? error.code) : undefined
  return describeNetworkFailure(url, code ?? 'UNKNOWN', { method, path: withoutQuery(path) })
}

function causeCode(error: AxiosError): string | undefined {
  const { cause } = error
  return cause !== undefined && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined
}

/** A path fit for messages: filters can be long. */
export function withoutQuery(path: string): string {
  return path.split('?')[0] ?? path
}
