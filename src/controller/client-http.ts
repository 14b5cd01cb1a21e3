import { Agent } from 'node:https'
import axios from 'axios'
import { AuthError } from '../errors.js'
import { maxListBytes, patience, readBytes, readDocument } from './answer-body.js'
import { describeNetworkFailure } from './failure.js'
import { codeOf } from './http.js'

/** What it takes to log in as an identity. PEM; `key` is a secret. */
export type Credentials = {
  readonly name: string
  /** Origin of the controller's client API. */
  readonly url: string
  readonly key: string
  readonly cert: string
  readonly ca: string
}

/** An answer of the client API, whatever its status, and what was asked. */
export type ClientAnswer = {
  readonly status: number
  readonly data: unknown
  readonly where: { readonly method: string; readonly path: string }
}

/** The client API over connections that show an identity's certificate. */
export type ClientHttp = {
  /** Throws ControllerError when no answer comes. */
  send(method: string, path: string, body?: object, token?: string): Promise<ClientAnswer>
  close(): void
}

/** The log-in by certificate, and the configs that services are then listed with. */
export const loginPath = '/authenticate?method=cert'
export const loginBody = { configTypes: ['intercept.v1', 'host.v1'] }

/** The API's largest page. */
export const pageSize = 500

// Each service comes with its configs.
const maxPageBytes = 32 * 1024 * 1024

const base = '/edge/client/v1'

/** Opens connections as an identity; nothing is sent before it is needed. */
export function createClientHttp(credentials: Credentials, timeoutMs: number, maxSockets: number): ClientHttp {
  const { url, key, cert, ca } = credentials
  const agent = new Agent({ keepAlive: true, maxSockets, rejectUnauthorized: true, key, cert, ca })
  const client = axios.create({
    baseURL: `${url}${base}`,
    httpsAgent: agent,
    timeout: timeoutMs,
    maxRedirects: 0,
    proxy: false,
    responseType: 'stream',
    validateStatus: () => true,
    transitional: { clarifyTimeoutError: true },
  })
  const limits = {
    maxBytes: maxPageBytes,
    idleMs: timeoutMs,
    totalMs: patience * timeoutMs,
    held: { bytes: 0 },
    maxHeldBytes: maxListBytes,
  }
  const send: ClientHttp['send'] = async (method, path, body, token) => {
    const where = { method, path: `${base}${path.split('?')[0]}` }
    try {
      const headers = token === undefined ? {} : { 'zt-session': token }
      const answer = await client.request({ method, url: path, headers, ...(body && { data: body }) })
      const bytes = await readBytes(answer.data, limits)
      const secrets = answer.status >= 400 && token !== undefined ? [token] : []
      return { status: answer.status, data: readDocument(bytes, answer.headers['content-type'], secrets), where }
    } catch (error) {
      // An axios error holds the agent, and with it the private key: only its code goes on.
      throw describeNetworkFailure(url, codeOf(error), where)
    }
  }
  return { send, close: () => agent.destroy() }
}

/** One page of services, in a stable order. */
export function servicesPath(offset: number): string {
  return `/services?limit=${pageSize}&offset=${offset}&sort=name`
}

/** That the controller does not take the certificate (any more). */
export function refused({ name, url }: Credentials): AuthError {
  return new AuthError(`${url}: the certificate of identity/${name} was refused`, {
    controller: url,
    method: 'cert',
    hint: `its certificate may be replaced or out of date; enroll it again with: zprom apply --re-enroll ${name}`,
  })
}
