import { AuthError, ControllerError } from '../errors.js'
import { asRaw, type Raw, text } from '../kinds/index.js'
import { revoke, sendAuthenticated, withToken } from './authenticated.js'
import { describeFailure, isEnveloped } from './failure.js'
import { createHttp, type HttpAnswer, type HttpRequest, withoutQuery } from './http.js'
import { managementPath } from './login.js'
import type { Controller, Created, Login, Session } from './port.js'
import { backOff, maxAttempts, type Pace } from './retry.js'
import { createSessions } from './session.js'

export { fetchServicesOf, interceptsIn } from './admin-view.js'
export { fetchServicesAs } from './client-api.js'
export type { Credentials } from './client-http.js'
export { isDistrust } from './failure.js'
export { readClaims } from './jwt.js'
export { observe, readEnrollment, readObserved } from './observe.js'
export type { ClientCertificate, Controller, Created, Login, Proof, Session } from './port.js'
export { fetchRouters } from './routers.js'
export { type ControllerVersion, fetchVersion } from './version.js'
export { interceptsOf } from './visible.js'
export { fetchWhoAmI, type WhoAmI } from './whoami.js'

export type ControllerOptions = {
  readonly url: string
  /** PEM; undefined trusts the system's roots. */
  readonly ca: string | undefined
  readonly login: Login | undefined
  readonly session: Session | undefined
  readonly onSession: (session: Session) => Promise<void>
  /** What to do when there is neither session nor login; unless given, to log in with zprom. */
  readonly advice?: string | undefined
  /** Refuse every write. */
  readonly readOnly: boolean
  /** Connections, and so requests in flight, at most. */
  readonly parallel: number
  readonly timeoutMs: number
  readonly now: () => number
  readonly pace: Pace
}

// A filter with this many names stays far below the API's limit on headers (95 kB were fine).
const namesPerRequest = 300

/** The axios adapter behind the Controller port: one pool, one session, repeats by status and method only. */
export function createController(options: ControllerOptions): Controller {
  const { url, now } = options
  const { login } = options
  const http = createHttp({ ...options, certificate: login?.method === 'cert' ? login : undefined })
  const sessions = createSessions({
    url,
    http,
    now,
    login,
    session: options.session,
    onSession: options.onSession,
    advice: options.advice,
  })
  let version: string | undefined
  const call = async (request: HttpRequest): Promise<HttpAnswer> => {
    const answer = await sendAuthenticated(options, http.send, sessions, request)
    version = versionOf(answer) ?? version
    return answer
  }
  const caller: Caller = { url, call, pace: options.pace }
  const write = (method: string, path: string) => {
    if (options.readOnly) throw readOnlyError(url, method, path)
  }
  return {
    url,
    list: (path, filter = 'true') => getList(caller, path, filter),
    listByName: (path, names) => listByName(caller, path, names),
    get: async path => (await repeat(caller, get(path))).data,
    create: async (path, body) => {
      write('POST', path)
      return create(caller, path, body)
    },
    patch: async (path, id, body) => {
      write('PATCH', path)
      if (Object.keys(body).length === 0) return // 2.x answers an empty PATCH with 500
      await repeat(caller, { method: 'PATCH', path: `${managementPath}${path}/${encodeURIComponent(id)}`, body })
    },
    remove: async (path, id) => {
      write('DELETE', path)
      await repeat(caller, { method: 'DELETE', path: `${managementPath}${path}/${encodeURIComponent(id)}` }, [404])
    },
    post: async (path, body) => {
      write('POST', path)
      const answer = await call({ method: 'POST', path: `${managementPath}${path}`, body })
      return dataOf(url, answer, { method: 'POST', path }).data
    },
    session: () => repeatWhileTransient(options.pace, () => sessions.current()),
    endSession: async () => {
      const request = { method: 'DELETE', path: `${managementPath}/current-api-session` } as const
      const session = await sessions.current()
      if (session.kind === 'bearer') return revoke(session, http.send)
      const answer = await http.send(withToken(request, session))
      if (answer.status !== 200 && answer.status !== 401) dataOf(url, answer, request)
    },
    version: () => version,
    requests: () => http.count(),
    close: () => http.close(),
  }
}

type Caller = { readonly url: string; readonly pace: Pace; call(request: HttpRequest): Promise<HttpAnswer> }

function get(path: string): HttpRequest {
  return { method: 'GET', path: `${managementPath}${path}` }
}

async function getList(caller: Caller, path: string, filter: string): Promise<readonly unknown[]> {
  // `limit none` works inside a filter on every version, and only there; one request brings the whole collection.
  const query = new URLSearchParams({ filter: `${filter} limit none` })
  const { data } = await repeat(caller, { ...get(`${path}?${query}`), isList: true })
  if (Array.isArray(data)) return data
  throw new ControllerError(`${caller.url}: GET ${path} did not answer a list`, {
    method: 'GET',
    path,
    retryable: false,
  })
}

async function listByName(caller: Caller, path: string, names: readonly string[]): Promise<readonly unknown[]> {
  const pages: Promise<readonly unknown[]>[] = []
  for (let at = 0; at < names.length; at += namesPerRequest) {
    const some = names.slice(at, at + namesPerRequest).map(name => JSON.stringify(name))
    pages.push(getList(caller, path, `name in [${some.join(', ')}]`))
  }
  return (await Promise.all(pages)).flat()
}

// A create is repeated only after a look: the answer may be lost while the entity is there.
async function create(caller: Caller, path: string, body: Raw): Promise<Created> {
  const name = text(body, 'name', 'body')
  const request: HttpRequest = { method: 'POST', path: `${managementPath}${path}`, body }
  for (let attempt = 1; ; attempt += 1) {
    const failure = await attemptCreate(caller, request)
    if (!(failure instanceof ControllerError)) return failure
    const { status, field, retryable } = failure.detail
    const taken = status === 400 && field === 'name'
    if (!taken && !retryable) throw failure
    const [existing] = await listByName(caller, path, [name])
    if (existing !== undefined) return { id: text(asRaw(existing, path), 'id', path), existing }
    if (taken || attempt === maxAttempts) throw failure
    await backOff(attempt, caller.pace)
  }
}

async function attemptCreate(caller: Caller, request: HttpRequest): Promise<Created | ControllerError> {
  try {
    const answer = await caller.call(request)
    const { data } = dataOf(caller.url, answer, request)
    return { id: text(asRaw(data, 'created'), 'id', 'created') }
  } catch (error) {
    if (error instanceof ControllerError) return error
    throw error
  }
}

// For requests that may be sent twice: GET, and PATCH and DELETE of one entity by id.
function repeat(caller: Caller, request: HttpRequest, fine: readonly number[] = []): Promise<Raw> {
  return repeatWhileTransient(caller.pace, async () => {
    const answer = await caller.call(request)
    return fine.includes(answer.status) ? {} : dataOf(caller.url, answer, request)
  })
}

async function repeatWhileTransient<T>(pace: Pace, attempt: () => Promise<T>): Promise<T> {
  for (let count = 1; ; count += 1) {
    try {
      return await attempt()
    } catch (error) {
      const again = error instanceof ControllerError && error.detail.retryable && count < attemptsFor(error)
      if (!again) throw error
      await backOff(count, pace)
    }
  }
}

// Nothing listens: one more look is enough to tell; a person waits for the answer.
function attemptsFor({ detail }: ControllerError): number {
  if (detail.networkCode === 'ECONNREFUSED' || detail.networkCode === 'EHOSTUNREACH') return 2
  return detail.networkCode === 'ETIMEDOUT' || detail.status === 500 ? 3 : maxAttempts
}

function dataOf(url: string, answer: HttpAnswer, request: { method: string; path: string }): Raw {
  const where = { method: request.method, path: withoutQuery(request.path) }
  if (answer.status >= 200 && answer.status < 300 && isEnveloped(answer.body)) return asRaw(answer.body, 'answer')
  throw describeFailure(url, answer.status, answer.body, where)
}

function readOnlyError(url: string, method: string, path: string): AuthError {
  return new AuthError(`${url}: this login is marked read-only, so nothing was sent (${method} ${path})`, {
    controller: url,
    method: 'read-only',
    hint: `log in again without --read-only: zprom login ${url}`,
  })
}

function versionOf({ headers }: HttpAnswer): string | undefined {
  const { server } = headers
  return typeof server === 'string' && server.startsWith('ziti-controller/') ? server.slice(16) : undefined
}

export { type ClientService, createIdentitySession, type IdentitySession } from './identity-session.js'
