import { AuthError, ControllerError } from '../errors.js'
import { dataOf } from './answer.js'
import { revoke, sendAuthenticated, withToken } from './authenticated.js'
import { type Caller, create, get, getList, listByName, onSomeNode, post, repeat } from './calls.js'
import { createHttp, type Http, type HttpRequest, versionOf } from './http.js'
import { createLeaderWatch } from './leader-watch.js'
import { managementPath } from './login.js'
import { canBeClustered, createMembership, membersRequest } from './members.js'
import { isHung, overtakenBy } from './node-failure.js'
import { createNodes, type Node, type NodesOptions } from './nodes.js'
import { pacedSend } from './paced.js'
import type { Controller, Login, Session } from './port.js'
import type { Pace } from './retry.js'
import { createSessions } from './session.js'

export { fetchServicesOf, interceptsIn } from './admin-view.js'
export { type FetchAsOptions, fetchServicesAs, type Glance, glanceAtServicesAs } from './client-api.js'
export type { Credentials } from './client-http.js'
export { type Cluster, createCluster } from './client-nodes.js'
export { isDistrust } from './failure.js'
export { readClaims } from './jwt.js'
export { managementPath } from './login.js'
export { isHung, isNeverSent, isNodeTrouble, LeaderlessError, lacksLeader } from './node-failure.js'
export { observe, readEnrollment, readObserved } from './observe.js'
export { pacedCalls } from './paced.js'
export type { ClientCertificate, Controller, Created, Login, Proof, Session } from './port.js'
export { backOff, type Pace } from './retry.js'
export { fetchRouters } from './routers.js'
export { type ControllerVersion, fetchVersion } from './version.js'
export { interceptsOf } from './visible.js'
export { fetchWhoAmI, type WhoAmI } from './whoami.js'

/** Which controllers, as whom, and with what patience; times in milliseconds. */
export type ControllerOptions = {
  readonly url: string
  /** Origins of the other controllers of its cluster, as far as they are known. */
  readonly others?: readonly string[] | undefined
  /** PEM; undefined trusts the system's roots. Vouches for every controller of the cluster. */
  readonly ca: string | undefined
  readonly login: Login | undefined
  readonly session: Session | undefined
  /** Origin of the controller that made the session; unless given, the first. */
  readonly sessionOf?: string | undefined
  /** Called with every new session and the origin of the controller that it is of. */
  readonly onSession: (session: Session, url: string) => Promise<void>
  /** Called with the origins of a cluster's controllers, once one of them has told. */
  readonly onMembers?: ((urls: readonly string[]) => Promise<void>) | undefined
  /** Called when another controller of the cluster takes the place of one that is lost. */
  readonly onMove?: NodesOptions['onMove'] | undefined
  /** Called when a wait for the cluster's leader begins. */
  readonly onLeaderless?: (() => void) | undefined
  /** What to do when there is neither session nor login; unless given, to log in with zprom. */
  readonly advice?: string | undefined
  /** The command that logs in anew; unless given, `zprom login`. */
  readonly loginCommand?: string | undefined
  /** Refuse every write. */
  readonly readOnly: boolean
  /** Reads, and writes, in flight at most, at one controller. */
  readonly parallel: number
  readonly timeoutMs: number
  /** How long a cluster may be without a leader before a write fails, milliseconds. */
  readonly leaderWaitMs?: number | undefined
  readonly now: () => number
  readonly pace: Pace
}

/** How long a cluster may be without a leader unless told otherwise, milliseconds. */
export const usualLeaderWaitMs = 30_000

// A log-in, all lists, and the edge routers for a forecast: a plan is over by then, and so is a run with nothing to do.
const glanceRequests = 9

/** The axios adapter behind the Controller port: a pool and a session for each node, repeats by status and method only. */
export function createController(options: ControllerOptions): Controller {
  const { url, others = [], readOnly, now, pace, leaderWaitMs = usualLeaderWaitMs } = options
  const start = options.sessionOf === undefined ? [url] : [options.sessionOf, url]
  const nodes = createNodes({
    urls: [...start, ...others],
    now,
    open: at =>
      openNode(
        at,
        {
          ...options,
          bearer: () => bearer,
          isInUse: () => nodes.current().url === at,
          onHang: error => nodes.leave(at, error.message),
        },
        fresh => {
          membership.owe(at)
          if (fresh.kind === 'bearer') bearer = fresh
        },
      ),
    onMove: move => options.onMove?.(move),
  })
  let version: string | undefined
  let bearer = options.session?.kind === 'bearer' ? options.session : undefined
  const ask: Caller['call'] = ({ url, send, sessions }, request) =>
    sendAuthenticated({ url, advice: options.advice }, send, sessions, request)
  const membership = createMembership({
    ask: node => ask(node, membersRequest),
    isPossible: () => canBeClustered(version),
    onMembers: async urls => {
      nodes.add(urls)
      await options.onMembers?.(urls).catch(() => undefined)
    },
  })
  const call: Caller['call'] = async (node, request) => {
    // What only glances at a network does not ask who else there is. Beside the request: one that hangs must not hold up two.
    const isGlance = request.method === 'GET' && nodes.requests() < glanceRequests
    const learning = isGlance ? undefined : membership.learn(node)
    try {
      const answer = await ask(node, request)
      version = versionOf(answer) ?? version
      if (request.method !== 'GET' && answer.status < 300) leader.found()
      return answer
    } catch (error) {
      await learning
      throw error
    }
  }
  const leader = createLeaderWatch(now, () => options.onLeaderless?.())
  const patience = { pace, now, leaderWaitMs, leader }
  const caller: Caller = { nodes, call, patience }
  const write = (method: string, path: string) => {
    if (readOnly) throw readOnlyError(options, method, path)
  }
  const entity = (path: string, id: string) => `${managementPath}${path}/${encodeURIComponent(id)}`
  return {
    url,
    node: () => nodes.current().url,
    nodes: () => nodes.known(),
    learnNodes: () => membership.learn(nodes.current()),
    moves: () => nodes.moves(),
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
      await repeat(caller, { method: 'PATCH', path: entity(path, id), body })
    },
    put: async (path, id, body) => {
      write('PUT', path)
      await repeat(caller, { method: 'PUT', path: entity(path, id), body })
    },
    remove: async (path, id) => {
      write('DELETE', path)
      await repeat(caller, { method: 'DELETE', path: entity(path, id) }, { fine: [404] })
    },
    post: async (path, body) => {
      write('POST', path)
      return post(caller, path, body)
    },
    session: () => onSomeNode(caller, node => node.sessions.current()),
    endSession: () => endSession(nodes.current()),
    version: () => version,
    requests: () => nodes.requests(),
    close: () => nodes.close(),
  }
}

type NodeOptions = ControllerOptions & {
  /** The latest that any node made. */
  readonly bearer: () => Session | undefined
  readonly isInUse: () => boolean
  /** Told of a write that was not answered in time. */
  readonly onHang: (error: ControllerError) => void
}

// A zt-session is known to the controller that made it alone; a bearer token is good for all of the cluster.
function openNode(url: string, options: NodeOptions, onLogIn: (session: Session) => void): Node {
  const { login, session, now, advice, isInUse, onHang } = options
  const http = createHttp({ ...options, url, certificate: login?.method === 'cert' ? login : undefined })
  const isOfIt = session?.kind !== 'bearer' && url === (options.sessionOf ?? options.url)
  const sessions = createSessions({
    url,
    http,
    now,
    login,
    session: isOfIt ? session : options.bearer(),
    onSession: async fresh => {
      onLogIn(fresh)
      await options.onSession(fresh, url)
    },
    advice,
  })
  const refuse = (request: HttpRequest) => {
    if (!isInUse()) throw overtakenBy(url, request)
  }
  // Before the next in turn is sent there: to look up what became of this one takes a while.
  const send: Http['send'] = request =>
    http.send(request).catch(error => {
      if (request.method !== 'GET' && error instanceof ControllerError && isHung(error)) onHang(error)
      throw error
    })
  return { url, http, sessions, send: pacedSend(send, { ...options, refuse }) }
}

async function endSession({ url, http, sessions }: Node): Promise<void> {
  const request = { method: 'DELETE', path: `${managementPath}/current-api-session` } as const
  const session = await sessions.current()
  if (session.kind === 'bearer') return revoke(session, http.send)
  const answer = await http.send(withToken(request, session))
  if (answer.status !== 200 && answer.status !== 401) dataOf(url, answer, request)
}

function readOnlyError(
  { url, loginCommand = `zprom login ${url}` }: ControllerOptions,
  method: string,
  path: string,
): AuthError {
  return new AuthError(`${url}: this login is marked read-only, so nothing was sent (${method} ${path})`, {
    controller: url,
    method: 'read-only',
    hint: `log in again without --read-only: ${loginCommand}`,
  })
}

export { type ClientService, createIdentitySession, type IdentitySession } from './identity-session.js'
