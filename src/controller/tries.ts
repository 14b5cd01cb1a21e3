import { AuthError, ControllerError } from '../errors.js'
import { dataOf } from './answer.js'
import type { LeaderWatch } from './leader-watch.js'
import { isLost, isNodeTrouble, isOvertaken, lacksLeader, noLeader, noneAnswers } from './node-failure.js'
import type { Node, Nodes } from './nodes.js'
import { backOff, maxAttempts, type Pace } from './retry.js'
import { versionRequest } from './version.js'

/** How long what may pass is waited for. */
export type Patience = {
  readonly pace: Pace
  /** How long a cluster may be without a leader, milliseconds. */
  readonly leaderWaitMs: number
  readonly leader: LeaderWatch
  readonly now: () => number
}

/** Decides after each failure of one request whether, where and when it is tried again. */
export type Tries = {
  /** True once it is time to try again; false when that is of no use. */
  again(error: unknown, node: Node): Promise<boolean>
  /** The failure as a person is to read it. */
  told(error: unknown): unknown
  /** What is not tried again turns to the next node all the same when it was this one's fault: for what comes after it. */
  giveUp(error: unknown, node: Node): void
}

// Enough for a follower to hear of what its leader committed.
const catchUpAttempts = 4
// An election is over sooner than a log-in elsewhere is worth it.
const attemptsAtOne = 3

/**
 * The tries of one request, over all nodes: a node that is lost is left at once for the next, what passes by itself is
 * waited for on the node in use, and a cluster without a leader for as long as asked. Decided by status and network code alone.
 */
export function createTries(nodes: Nodes, { pace, now, leaderWaitMs, leader }: Patience): Tries {
  const failures = new Map<string, ControllerError>()
  let attempts = 0
  const troubled = new Set<string>()
  // Whether it was waited for a leader after the last failure, too.
  let isLeaderless = false
  let silence: ControllerError | undefined
  let leaderless: { readonly since: number; readonly error: ControllerError } | undefined

  const leave = (node: Node, error: ControllerError): boolean => {
    const isNew = !failures.has(node.url)
    failures.set(node.url, error)
    nodes.leave(node.url, error.message)
    // Once around, and then only what passes by itself is tried once more.
    return isNew && nodes.known().length > failures.size
  }
  const waitForLeader = async (node: Node, error: ControllerError, since: number): Promise<boolean> => {
    // A node that is cut off says the same as one whose cluster has lost its leader.
    // Where a session is all there is, there is none elsewhere.
    if (error.detail.status !== 429 && attempts >= attemptsAtOne && node.sessions.canLogIn)
      nodes.leave(node.url, error.message)
    isLeaderless = true
    if (now() - since >= leaderWaitMs) return false
    attempts += 1
    await backOff(Math.min(attempts, 4), pace)
    return true
  }
  // Where a session is all there is, the one of a node that was left, by this request or another, is of no use at the next.
  // Whether that is lost as well is then what matters: to log in would be of no use either.
  const leaveIfSilent = async (node: Node): Promise<boolean> => {
    silence = nodes.moves() === 0 || node.sessions.canLogIn ? undefined : await troubleOf(node)
    return silence !== undefined && leave(node, silence)
  }
  const backOffWithin = async (most: number): Promise<boolean> => {
    attempts += 1
    if (attempts >= most) return false
    await backOff(attempts, pace)
    return true
  }

  return {
    again: async (error, node) => {
      isLeaderless = false
      if (error instanceof AuthError) return leaveIfSilent(node)
      if (!(error instanceof ControllerError)) return false
      if (isOvertaken(error)) return true
      // Also what a node says that forwards to a leader which has just been lost.
      const isOverloaded = error.detail.status === 429 && nodes.known().length > 1
      if (lacksLeader(error) || isOverloaded) {
        const since = lacksLeader(error) ? leader.missed() : now()
        leaderless = { since: Math.min(leaderless?.since ?? since, since), error }
        return waitForLeader(node, error, leaderless.since)
      }
      if (isNodeTrouble(error)) {
        const hasFailedBefore = troubled.has(node.url)
        troubled.add(node.url)
        if (isLost(error, hasFailedBefore) && leave(node, error)) return true
        // Those that are gone are why the others have no leader.
        if (leaderless !== undefined) return waitForLeader(node, error, leaderless.since)
      }
      if (error.detail.retryable) return backOffWithin(attemptsFor(error))
      return isUnheardOf(error) && nodes.isCatchingUp() ? backOffWithin(catchUpAttempts) : false
    },
    told: error => {
      if (leaderless !== undefined && isLeaderless) return noLeader(leaderless.error, leaderWaitMs)
      if (error instanceof AuthError && silence !== undefined) return noneAnswers(silence, [...failures.values()])
      return failures.size > 1 && error instanceof ControllerError && isNodeTrouble(error)
        ? noneAnswers(error, [...failures.values()])
        : error
    },
    giveUp: (error, node) => {
      if (error instanceof ControllerError && isNodeTrouble(error)) nodes.leave(node.url, error.message)
    },
  }
}

// Why a node does not answer, asked what takes no session; undefined when it does.
async function troubleOf({ url, http }: Node): Promise<ControllerError | undefined> {
  try {
    dataOf(url, await http.send(versionRequest), versionRequest)
    return undefined
  } catch (error) {
    return error instanceof ControllerError && isNodeTrouble(error) ? error : undefined
  }
}

// Nothing listens: one more look is enough to tell; a person waits for the answer.
function attemptsFor({ detail }: ControllerError): number {
  if (detail.networkCode === 'ECONNREFUSED' || detail.networkCode === 'EHOSTUNREACH') return 2
  return detail.networkCode === 'ETIMEDOUT' || detail.status === 500 ? 3 : maxAttempts
}

// What a node that has not caught up says of an entity that another node made: not there, no such reference, or a name that is
// taken by nothing that it knows.
function isUnheardOf({ detail }: ControllerError): boolean {
  return detail.status === 404 || detail.status === 400
}
