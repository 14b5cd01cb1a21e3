import { AuthError, ControllerError } from '../errors.js'
import { decodeFrom, record, type Source, text } from '../kinds/index.js'
import { describeFailure, isTransient, makesNoSessions } from './failure.js'
import type { Http, HttpAnswer } from './http.js'
import { logInByOidc, WithoutOidc } from './oidc.js'
import type { Login, Session } from './port.js'
import { codeRefused, demandCode, proofOf } from './proof.js'
import { describeRefusal } from './refusal.js'
import { sessionHeader } from './session-header.js'

/** Where the management API stands on every version that zprom knows. */
export const managementPath = '/edge/management/v1'

/** Of which controller, and with what proof. */
export type LoginOptions = {
  readonly url: string
  readonly http: Pick<Http, 'send'>
  readonly login: Login | undefined
  readonly now: () => number
  /** What to do when there is no login; unless given, to log in with zprom. */
  readonly advice?: string | undefined
  /** Which API makes the session; a zt-session is good for both. */
  readonly base?: string
  /** What the login says besides who it is of. */
  readonly extra?: Readonly<Record<string, unknown>>
}

/** Makes a session; throws AuthError when the login is refused, ControllerError otherwise. */
export async function logIn(options: LoginOptions): Promise<Session> {
  const { url, http, login, now, base = managementPath, extra = {} } = options
  if (login === undefined) throw notLoggedIn(url, options.advice)
  if (login.wanted === 'bearer') return logInByOidc({ ...options, login })
  const path = `${base}/authenticate`
  const { token, body, headers } = await proofOf(login)
  const request = { body: { ...body, ...extra }, ...(headers && { headers }) }
  const answer = await http.send({ method: 'POST', path: `${path}?method=${login.method}`, ...request })
  if (answer.status === 200)
    return completeSession(options, login, readSession(answer, now(), { url, method: 'POST', path }))
  const failure = describeFailure(url, answer.status, answer.body, { method: 'POST', path })
  if (makesNoSessions(answer.status)) {
    return logInByOidc({ ...options, login }).catch(error => {
      if (!(error instanceof WithoutOidc)) throw error
      // Nobody has asked for it: what was asked for first is what does not work.
      const hint = 'check that the URL is that of an OpenZiti controller'
      throw new ControllerError(`${failure.message}; nor does it offer OIDC`, failure.detail, hint)
    })
  }
  // The cause of a 400 echoes the password: nothing of the body is shown.
  if (answer.status === 401 || answer.status === 400) {
    throw describeRefusal({ url, login, token, challenge: answer.headers['www-authenticate'], now: now() })
  }
  throw failure
}

// A session of an identity with a second factor is worth nothing until its code is there.
async function completeSession(
  { url, http, base = managementPath }: LoginOptions,
  login: Login,
  { isPartial, ...session }: Session & { readonly isPartial: boolean },
): Promise<Session> {
  if (!isPartial) return session
  const code = await demandCode(url, login)
  const path = `${base}/authenticate/mfa`
  const answer = await http.send({ method: 'POST', path, body: { code }, headers: sessionHeader(session) })
  if (answer.status === 200) return session
  if (isTransient(answer.status)) throw describeFailure(url, answer.status, answer.body, { method: 'POST', path })
  throw codeRefused(url, login)
}

function readSession({ body }: HttpAnswer, now: number, source: Source): Session & { readonly isPartial: boolean } {
  return decodeFrom(source, 'login', body, raw => {
    const data = record(raw, 'data', 'login')
    const seconds = typeof data.expirationSeconds === 'number' ? data.expirationSeconds : 1800
    // 0.28 lists no queries, but says what is missing.
    const isMissing = data.isMfaRequired === true && data.isMfaComplete === false
    const isPartial = isMissing || (Array.isArray(data.authQueries) && data.authQueries.length > 0)
    return { token: text(data, 'token', 'login'), expiresAt: now + seconds * 1000, isPartial }
  })
}

/** That there is no session, and no way to make one. */
export function notLoggedIn(url: string, advice?: string): AuthError {
  return new AuthError(`${url}: not logged in, or the session has ended`, {
    controller: url,
    method: 'stored session',
    hint:
      advice ??
      `log in with: zprom login ${url} (in scripts: ZPROM_USERNAME and ZPROM_PASSWORD or ZPROM_PASSWORD_FILE)`,
  })
}
