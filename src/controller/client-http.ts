import { AuthError } from '../errors.js'
import { createHttp, type HttpRequest, withoutQuery } from './http.js'

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
  send(method: HttpRequest['method'], path: string, body?: object, token?: string): Promise<ClientAnswer>
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
  const certificate = { key, cert }
  const http = createHttp({ url, ca, certificate, parallel: maxSockets, timeoutMs, maxBytes: maxPageBytes })
  const send: ClientHttp['send'] = async (method, path, body, token) => {
    const headers = token === undefined ? {} : { 'zt-session': token }
    const answer = await http.send({ method, path: `${base}${path}`, headers, ...(body && { body }) })
    return { status: answer.status, data: answer.body, where: { method, path: withoutQuery(`${base}${path}`) } }
  }
  return { send, close: () => http.close() }
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
