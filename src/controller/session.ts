import type { Http } from './http.js'
import { logIn } from './login.js'
import { refreshBearer } from './oidc.js'
import type { Login, Session } from './port.js'

/** Of which controller, and what a session can be made from. */
export type SessionOptions = {
  readonly url: string
  readonly http: Http
  readonly login: Login | undefined
  /** One from an earlier run. */
  readonly session: Session | undefined
  /** Called with every new session, so that the next run can use it. */
  readonly onSession: (session: Session) => Promise<void>
  readonly now: () => number
  /** What to do when there is no login; unless given, to log in with zprom. */
  readonly advice?: string | undefined
}

/** The session of one controller. */
export type Sessions = {
  /** Whether a session can be made where there is none. */
  readonly canLogIn: boolean
  current(): Promise<Session>
  /** A session in place of one that was refused. However many ask at once, one log-in is made. */
  renew(refused: Session): Promise<Session>
}

/** Keeps one session per run: the stored one while it lasts, otherwise a new one: renewed where it can be, or by log-in. */
export function createSessions(options: SessionOptions): Sessions {
  const { session: stored, now } = options
  const isOver = ({ expiresAt }: Session) => expiresAt <= now() + 5_000
  let pending: Promise<Session> | undefined =
    stored !== undefined && !isOver(stored) ? Promise.resolve(stored) : undefined
  const start = (make: () => Promise<Session>) => {
    const making = make().then(async session => {
      await options.onSession(session)
      return session
    })
    pending = making
    making.catch(() => {
      pending = undefined
    })
    return making
  }
  // What cannot be refreshed is no failure yet: there may be a login.
  const replace = (before: Session | undefined) => async () =>
    (before && (await refreshBearer(options, before))) ?? logIn(options)
  return {
    canLogIn: options.login !== undefined,
    current: async () => {
      const held = pending
      if (held === undefined) return start(replace(stored))
      const session = await held
      // A zt-session may live on as long as it is used; a bearer token ends when it says.
      if (session.kind !== 'bearer' || !isOver(session)) return session
      return pending === held ? start(replace(session)) : (pending ?? session)
    },
    renew: async refused => {
      const held = pending
      const latest = await held
      if (latest !== undefined && latest.token !== refused.token) return latest
      // Of several that were refused at once, the first to come here has begun a new one.
      if (pending !== undefined && pending !== held) return pending
      // One that was revoked before its time is refreshed to another that is revoked: a log-in comes first.
      return start(options.login === undefined || isOver(refused) ? replace(refused) : () => logIn(options))
    },
  }
}
