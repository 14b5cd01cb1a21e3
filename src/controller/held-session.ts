import type { Session } from './port.js'

/** One session, made when it is needed; a bearer token is renewed before its time is over, so that what uses it goes on. */
export type HeldSession = {
  /** The session in use. Throws what the log-in throws. */
  current(): Promise<Session>
  /** Gives up the session with this token; one that is newer stays. */
  forget(token: string): void
  /** Renews no more; what is left to end, if anything is. */
  end(): Promise<Session | undefined>
}

/** How a session is made and renewed, and who hears of it. */
export type HeldSessionOptions = {
  readonly logIn: () => Promise<Session>
  /** A bearer token for the same session; undefined when it cannot be renewed (any more). */
  readonly refresh: (session: Session) => Promise<Session | undefined>
  /** Milliseconds, of the same clock as `expiresAt`. */
  readonly now: () => number
  /** Told when a token took the place of another of the same session. Secrets. */
  readonly onRenewal: (before: string, after: string) => void
  /** Runs something later, and gives what calls it off; a timer that holds no process back, unless given. */
  readonly schedule?: (run: () => void, ms: number) => () => void
}

// Early enough for several tries, and for what holds the token to be told.
const renewAfterShare = 0.6
const lastMs = 5_000
const shortestPauseMs = 1_000
// A timer takes no more than 25 days.
const longestPauseMs = 24 * 60 * 60_000

/** Holds a session; nothing is sent before it is asked for. */
export function holdSession(options: HeldSessionOptions): HeldSession {
  const { logIn, refresh, now, onRenewal, schedule = startTimer } = options
  let held: Promise<Session> | undefined
  // What `held` came to.
  let known: Session | undefined
  let renewing: Promise<Session | undefined> | undefined
  let callOff = () => {}

  const leftOf = ({ kind, expiresAt }: Session) => (kind === 'bearer' ? expiresAt - now() : Number.POSITIVE_INFINITY)
  const drop = () => {
    callOff()
    held = undefined
    known = undefined
  }
  const keep = (session: Session) => {
    held = Promise.resolve(session)
    known = session
    renewIn(session, leftOf(session) * renewAfterShare)
  }
  const start = (): Promise<Session> => {
    const making = logIn()
    held = making
    making.then(
      session => {
        if (held === making) keep(session)
      },
      () => {
        if (held === making) drop()
      },
    )
    return making
  }

  // However many ask, it is done once.
  const renew = (session: Session): Promise<Session | undefined> => {
    renewing ??= refresh(session)
      .then(fresh => {
        if (fresh === undefined || known !== session) return undefined
        keep(fresh)
        onRenewal(session.token, fresh.token)
        return fresh
      })
      .finally(() => {
        renewing = undefined
      })
    return renewing
  }
  // A controller that is away is asked again; one that refuses is not, and what there is lasts as long as it lasts.
  const renewIn = (session: Session, ms: number) => {
    callOff()
    if (session.kind !== 'bearer') return
    const again = () => {
      if (known === session && leftOf(session) > 0) renewIn(session, leftOf(session) / 4)
    }
    const run = () => void renew(session).catch(again)
    callOff = schedule(run, Math.min(Math.max(ms, shortestPauseMs), longestPauseMs))
  }

  const forget = (token: string) => {
    if (known?.token === token) drop()
  }
  return {
    forget,
    current: async () => {
      if (held === undefined) return start()
      const session = await held
      if (leftOf(session) > lastMs) return session
      const fresh = await renew(session)
      if (fresh !== undefined) return fresh
      forget(session.token)
      return held ?? start()
    },
    end: async () => {
      const last = await held?.catch(() => undefined)
      drop()
      return last
    },
  }
}

function startTimer(run: () => void, ms: number): () => void {
  const timer = setTimeout(run, ms)
  timer.unref()
  return () => clearTimeout(timer)
}
