import { AuthError, ControllerError } from '../errors.js'
import { createHttp, type Http, type HttpRequest, versionOf, withoutQuery } from './http.js'
import { logIn } from './login.js'
import type { Login, Session } from './port.js'
import { describeRefusal } from './refusal.js'
import { sessionHeader } from './session-header.js'

/** What it takes to log in as an identity. PEM; `key` is a secret. */
export type Credentials = {
  readonly name: string
  /** Origin of the controller's client API. */
  readonly url: string
  /** Origins of other controllers that know the identity, should that one be lost. */
  readonly others?: readonly string[]
  readonly key: string
  readonly cert: string
  readonly ca: string
  /** Which kind of session to ask for; absent: a zt-session, or, from a controller that makes none, a bearer token. */
  readonly wanted?: Login['wanted']
}

/** An answer of the client API, whatever its status, and what was asked. */
export type ClientAnswer = {
  readonly status: number
  readonly data: unknown
  readonly where: { readonly method: string; readonly path: string }
  /** The controller's version as it names itself. */
  readonly version: string | undefined
}

/** The client API over connections that show an identity's certificate. */
export type ClientHttp = {
  /** Origin of the controller. */
  readonly url: string
  /** Throws ControllerError when no answer comes. */
  send(method: HttpRequest['method'], path: string, body?: object, session?: Session): Promise<ClientAnswer>
  /** Logs in by the certificate. Throws AuthError when it is refused, ControllerError otherwise. */
  logIn(now: () => number): Promise<Session>
  /** The same connections, for any path of the controller. */
  readonly http: Pick<Http, 'send'>
  close(): void
}

/** The API's largest page. */
export const pageSize = 500

/** Far above what an identity is shown on any network; a list that goes on beyond it has no end. */
export const maxServices = 50_000

// The configs that services are then listed with.
const configTypes = ['intercept.v1', 'host.v1']
// Each service comes with its configs.
const maxPageBytes = 32 * 1024 * 1024

const base = '/edge/client/v1'

/** How an identity asks; times in milliseconds. */
export type ClientHttpOptions = {
  readonly timeoutMs: number
  readonly parallel: number
  /** Told of each request. */
  readonly onRequest?: () => void
}

/** Opens connections as an identity; nothing is sent before it is needed. */
export function createClientHttp(credentials: Credentials, options: ClientHttpOptions): ClientHttp {
  const { url, key, cert, ca } = credentials
  const { timeoutMs, parallel, onRequest = () => undefined } = options
  const pool = createHttp({ url, ca, certificate: { key, cert }, parallel, timeoutMs, maxBytes: maxPageBytes })
  const http: Pick<Http, 'send'> = {
    send: request => {
      onRequest()
      return pool.send(request)
    },
  }
  const send: ClientHttp['send'] = async (method, path, body, session) => {
    const headers = session === undefined ? {} : sessionHeader(session)
    const answer = await http.send({ method, path: `${base}${path}`, headers, ...(body && { body }) })
    const where = { method, path: withoutQuery(`${base}${path}`) }
    return { status: answer.status, data: answer.body, where, version: versionOf(answer) }
  }
  const login = loginOf(credentials)
  return {
    url,
    send,
    logIn: now => logIn({ url, http, login, now, base, extra: { configTypes } }),
    http,
    close: () => pool.close(),
  }
}

/** One page of services, in a stable order. */
export function servicesPath(offset: number): string {
  return `/services?limit=${pageSize}&offset=${offset}&sort=name`
}

/** That the pages of the services have no end. */
export function endless(url: string): ControllerError {
  return new ControllerError(
    `${url}: lists more than ${maxServices} services for one identity, and goes on`,
    { method: 'GET', path: '/services', retryable: false },
    'is this an OpenZiti controller?',
  )
}

/** That the controller does not take the certificate (any more). */
export function refused(credentials: Credentials): AuthError {
  return describeRefusal({ url: credentials.url, login: loginOf(credentials), now: 0 })
}

function loginOf({ url, name, key, cert, wanted }: Credentials): Login {
  return {
    method: 'cert',
    name,
    key,
    cert,
    wanted,
    advice:
      'its certificate may be replaced or out of date, or the identity disabled or gone; an administrator sees which with: zprom verify',
    totp: () => Promise.reject(wantsCode(url, name)),
  }
}

// Nobody is there to ask, for as long as the session lasts or whenever it ends.
function wantsCode(url: string, name: string): AuthError {
  return new AuthError(`${url}: the login of identity/${name} needs a one-time code as well`, {
    controller: url,
    method: 'cert',
    hint: 'zprom uses the overlay only as identities without one; see its auth policy and its MFA enrolment',
  })
}
