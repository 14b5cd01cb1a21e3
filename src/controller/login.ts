import { AuthError, ControllerError } from '../errors.js'
import { asRaw, record, text } from '../kinds/index.js'
import { describeFailure, isTransient } from './failure.js'
import type { Http, HttpAnswer, HttpRequest } from './http.js'
import type { Login, Session } from './port.js'
import { describeRefusal } from './refusal.js'

/** Where the management API stands on every version that zprom knows. */
export const managementPath = '/edge/management/v1'

export type LoginOptions = {
  readonly url: string
  readonly http: Http
  readonly login: Login | undefined
  readonly now: () => number
}

/** Makes a session; throws AuthError when the login is refused, ControllerError otherwise. */
export async function logIn({ url, http, login, now }: LoginOptions): Promise<Session> {
  if (login === undefined) throw notLoggedIn(url)
  const path = `${managementPath}/authenticate`
  const { token, ...request } = await requestOf(login)
  const answer = await http.send({ method: 'POST', path: `${path}?method=${login.method}`, ...request })
  if (answer.status === 200) return readSession(answer, now())
  const failure = describeFailure(url, answer.status, answer.body, { method: 'POST', path })
  if (isTransient(answer.status) || answer.status === 404) throw failure
  // The cause of a 400 echoes the password: nothing of the body is shown.
  if (answer.status === 401 || answer.status === 400) {
    throw describeRefusal({ url, login, token, challenge: answer.headers['www-authenticate'], now: now() })
  }
  throw failure
}

type LoginRequest = Pick<HttpRequest, 'body' | 'headers'> & { readonly token?: string }

async function requestOf(login: Login): Promise<LoginRequest> {
  switch (login.method) {
    case 'password':
      return { body: { username: login.username, password: await login.password() } }
    case 'cert':
      return { body: {} }
    case 'ext-jwt': {
      const token = await login.token()
      return { body: {}, headers: { authorization: `Bearer ${token}` }, token }
    }
  }
}

function readSession({ body }: HttpAnswer, now: number): Session {
  try {
    const data = record(asRaw(body, 'login'), 'data', 'login')
    const seconds = typeof data.expirationSeconds === 'number' ? data.expirationSeconds : 1800
    return { token: text(data, 'token', 'login'), expiresAt: now + seconds * 1000 }
  } catch (error) {
    if (!(error instanceof ControllerError)) throw error
    throw new ControllerError(error.message, { ...error.detail, method: 'POST' }, 'is this an OpenZiti controller?')
  }
}

function notLoggedIn(url: string): AuthError {
  return new AuthError(`${url}: not logged in, or the session has ended`, {
    controller: url,
    method: 'stored session',
    hint: `log in with: zprom login ${url} (in scripts: ZPROM_USERNAME and ZPROM_PASSWORD or ZPROM_PASSWORD_FILE)`,
  })
}
