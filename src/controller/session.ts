import type { Http } from './http.js'
import { logIn } from './login.js'
import type { Login, Session } from './port.js'

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
}

/** Keeps one session per run: the stored one while it lasts, otherwise a new log-in. */
export function createSessions(options: SessionOptions): Sessions {
  const { session: stored, now } = options
  let pending: Promise<Session> | undefined =
    stored !== undefined && stored.expiresAt > now() + 5_000 ? Promise.resolve(stored) : undefined
  const obtain = async () => {
    const session = await logIn(options)
    await options.onSession(session)
    return session
  }
  const start = () => {
    pending = obtain()
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
  }
}
