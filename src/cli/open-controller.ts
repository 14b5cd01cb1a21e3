import { backOff, type Controller, createController, type Pace, usualLeaderWaitMs } from '../controller/index.js'
import { FileError } from '../errors.js'
import type { Target } from './connection.js'
import { isSameLogin } from './login-source.js'
import { findProfile, type Profile, updateProfiles, withOthers, withProfile } from './profiles.js'

/** How a controller is talked to; times in milliseconds. */
export type OpenOptions = {
  readonly parallel: number
  readonly timeoutMs: number
  readonly leaderWaitMs?: number | undefined
  /** Told what happens to a cluster's controllers meanwhile. */
  readonly say?: ((kind: 'warning' | 'waiting', text: string) => void) | undefined
}

/** The controller of a target, with one pool of connections for each node; new sessions go to the profile. */
export function openController(target: Target, options: OpenOptions): Controller {
  const { url, others, ca, source, login, session, sessionOf, readOnly, profile, advice, loginCommand } = target
  const { parallel, timeoutMs, leaderWaitMs, say } = options
  let wasLoggedIn = session !== undefined || source.passwordFile !== undefined
  const update = async (change: (old: Profile) => Profile) => {
    if (profile === undefined) return
    await updateProfiles(store => {
      const old = findProfile(store, profile)
      // Another run may have logged in elsewhere under this name: a session goes to its own controller only.
      const isSame = old?.url === url && isSameLogin(old, source)
      // Nor does it undo a logout meanwhile.
      const isLoggedOut = isSame && wasLoggedIn && old.session === undefined && old.passwordFile === undefined
      if (!isSame || isLoggedOut) return store
      wasLoggedIn = true
      return withProfile(store, profile, change(old), false)
    })
  }
  let isTold = false
  // The run has its session, and only the next one would have had it from here.
  const keep = async (change: (old: Profile) => Profile) => {
    try {
      await update(change)
    } catch (error) {
      if (!(error instanceof FileError)) throw error
      if (!isTold) say?.('warning', `the new session can't be kept for later runs: ${error.message}`)
      isTold = true
    }
  }
  return createController({
    url,
    others,
    ca,
    sessionOf,
    login,
    session,
    readOnly,
    advice,
    loginCommand,
    parallel,
    timeoutMs,
    leaderWaitMs,
    now: Date.now,
    pace,
    onMove: ({ to, why }) => say?.('warning', `${why}; going on with ${to}, of the same cluster`),
    onLeaderless: () => say?.('waiting', 'the controller cluster has no leader at the moment; waiting for one'),
    onMembers: members => update(old => withOthers(old, members)),
    onSession: (fresh, at) =>
      keep(({ sessionOf: _before, ...old }) => ({ ...old, session: fresh, ...(at !== url && { sessionOf: at }) })),
  })
}

/** Real time and chance. */
export const pace: Pace = {
  sleep: ms => new Promise(resolve => setTimeout(resolve, ms)),
  random: Math.random,
  clock: () => performance.now(),
}

/** Whether to ask again after an answer that may pass by itself: with growing pauses, for `limitMs` in sum. */
export function retryFor(limitMs = usualLeaderWaitMs): (attempt: number, sinceMs: number) => Promise<boolean> {
  return async (attempt, sinceMs) => {
    if (Date.now() - sinceMs >= limitMs) return false
    await backOff(attempt, pace)
    return true
  }
}
