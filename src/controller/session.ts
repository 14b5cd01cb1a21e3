import { AuthError, ControllerError } from '../errors.js'
import { asRaw, record, text } from '../kinds/index.js'
import { describeFailure, isTransient } from './failure.js'
import type { Http } from './http.js'
import type { Login, Session } from './port.js'

/** Where the management API stands on every version that zprom knows. */
export const managementPath = '/edge/management/v1'

export type SessionOptions = {
  readonly url: string
  readonly http: Http
  readonly login: Login | undefined
  /** One from an earlier run. */
  readonly session: Session | undefined
  /** Called with every new session, so that the next run can use it. */
  readonly onSession: (session: Session) => Promise<void>
  readonly now: () => number
}

export type Sessions = {
  current(): Promise<Session>
  /** A session in place of one that was refused. However many ask at once, one log-in is made. */
  renew(refused: Session): Promise<Session>
  canRenew(): boolean
}

/** Keeps one session per run: the stored one while it lasts, otherwise a new log-in. */
export function createSessions(options: SessionOptions): Sessions {
  const { session: stored, now } = options
  let pending: Promise<Session> | undefined =
    stored !== undefined && stored.expiresAt > now() + 5_000 ? Promise.resolve(stored) : undefined
  const start = () => {
    pending = logIn(options)
    pending.catch(() => {
      pending = undefined
    })
    return pending
  }
  return {
    current: () => pending ?? start(),
    renew: async refused => {
      const latest = await pending
      return latest !== undefined && latest.token !== refused.token ? latest : start()
    },
    canRenew: () => options.login !== undefined,
  }
}

async function logIn({ url, http, login, onSession, now }: SessionOptions): Promise<Session> {
  if (login === undefined) {
    throw new AuthError(`${url}: not logged in, or the session has ended`, {
      controller: url,
      method: 'stored session',
      hint: `log in with: zprom login ${url} (in scripts: ZPROM_USERNAME and ZPROM_PASSWORD or ZPROM_PASSWORD_FILE)`,
    })
  }
  const password = await login.password()
  const path = `${managementPath}/authenticate`
  const answer = await http.send({
    method: 'POST',
    path: `${path}?method=${login.method}`,
    body: { username: login.username, password },
  })
  const where = { method: 'POST', path }
  if (answer.status === 200) {
    const session = readSession(answer.body, now())
    await onSession(session)
    return session
  }
  const failure = describeFailure(url, answer.status, answer.body, where)
  if (isTransient(answer.status) || answer.status === 404) throw failure
  // The cause of a 400 echoes the password: nothing of the body is shown.
  if (answer.status === 401 || answer.status === 400) {
    throw new AuthError(`${url}: the login of "${login.username}" was refused`, {
      controller: url,
      method: login.method,
      hint: 'check user name and password; after too many attempts the controller locks the login for a while',
    })
  }
  throw failure
}

function readSession(body: unknown, now: number): Session {
  try {
    const data = record(asRaw(body, 'login'), 'data', 'login')
    const seconds = typeof data.expirationSeconds === 'number' ? data.expirationSeconds : 1800
    return { token: text(data, 'token', 'login'), expiresAt: now + seconds * 1000 }
  } catch (error) {
    if (!(error instanceof ControllerError)) throw error
    throw new ControllerError(error.message, { ...error.detail, method: 'POST' }, 'is this an OpenZiti controller?')
  }
}
