import type { Call } from './accept.js'
import type { EdgeApi, EdgeService } from './api.js'
import type { HostOptions } from './bind.js'
import { createChannels } from './channels.js'
import type { OverlayStream } from './connection.js'
import { dial, HeldUp } from './dial.js'
import { EdgeError, type EdgeFault } from './errors.js'
import { type Hosting, host } from './host.js'
import { limit } from './limit.js'
import { createSessions } from './sessions.js'
import type { EdgeCredentials } from './socket.js'

/** The overlay as one identity uses it. */
export type Overlay = {
  /** All services that the identity may dial or host, as the controller says now. */
  services(): Promise<EdgeService[]>
  /**
   * A stream to a service, or to the terminator of one identity of it. `timeoutMs` is for all of it; without it each step has
   * its own. Throws EdgeError, AuthError, ControllerError.
   */
  dial(service: string, options?: OverlayDialOptions): Promise<OverlayStream>
  /**
   * Offers a service until it is closed, and again after routers and sessions come and go. A connection comes with the call
   * that `accept` decided about: the same object.
   */
  host(
    service: string,
    options: HostOptions,
    onConnection: (connection: OverlayStream, call: Call) => void,
  ): Promise<Hosting>
  /** Name of the identity as the controller has it. */
  whoAmI(): Promise<string>
  /** Ends all connections and hostings, and the API session; what is asked of it after that is refused. Never throws. */
  close(): Promise<void>
}

/** How to dial one service; without an identity, a terminator that has none. */
export type OverlayDialOptions = {
  /** The terminator's identity to ask for. */
  readonly identity?: string
  readonly timeoutMs?: number
  /** Goes to the host as it is; tunnelers put there which address was dialled. */
  readonly appData?: Buffer
}

/** As whom an overlay is used. */
export type OverlayOptions = {
  /** An API session of its own; hosting makes more of them, for old routers tell hosts apart by session. */
  readonly makeApi: () => EdgeApi
  readonly credentials: EdgeCredentials
  /** For one step, such as a connection to a router. */
  readonly timeoutMs: number
}

// The controller tries a host twice, for five seconds each.
const dialTimeoutMs = 15_000

/** Opens the overlay as an identity; nothing is sent before it is needed. */
export function openOverlay({ makeApi, credentials, timeoutMs }: OverlayOptions): Overlay {
  const api = makeApi()
  const sessions = createSessions(api)
  // A channel that the router closed may have lost its session with it: ask the controller first, not the router again.
  const channels = createChannels({ api, credentials, timeoutMs, onLost: () => sessions.forget() })
  const hostings = new Set<Hosting>()
  let closed = false
  const assertOpen = () => {
    // Otherwise it would log in again, and leave that session behind.
    if (closed) throw new EdgeError('the overlay was closed', 'closed')
  }

  const dialOnce = async (
    name: string,
    { identity, appData }: OverlayDialOptions,
    limitMs: number,
    isPatient: boolean,
  ) => {
    const service = await sessions.service(name)
    const session = await sessions.session(service, 'Dial')
    const channel = await channels.open(session.routers)
    const { token } = session
    const timeoutMs = limitMs
    return dial({ channel, service, token, identity, callerId: api.identity, appData, timeoutMs, isPatient })
  }

  // What is held may be out of date, so a refusal is believed when it comes of what was asked anew. The API session is the
  // last to be given up: it carries all other connections.
  const dialAnew = async (name: string, options: OverlayDialOptions, limitMs: number) => {
    for (let attempt = 1; ; attempt++) {
      const wasKnown = sessions.knows(name)
      const token = await api.token()
      try {
        return await dialOnce(name, options, limitMs, attempt > 2)
      } catch (error) {
        if (error instanceof HeldUp) continue
        if (!(error instanceof EdgeError)) throw error
        const isWorthIt = error.fault === 'session' ? attempt < 3 : attempt < 2 && isStale(error.fault, wasKnown)
        if (!isWorthIt) throw error
        sessions.forget(name)
        if (error.fault === 'session' && (attempt > 1 || !wasKnown)) api.renew(token)
      }
    }
  }

  const dialService: Overlay['dial'] = async (name, options = {}) => {
    assertOpen()
    const { timeoutMs: budgetMs } = options
    const running = dialAnew(name, options, Math.min(dialTimeoutMs, budgetMs ?? dialTimeoutMs))
    if (budgetMs === undefined) return running
    const late = () => new EdgeError(`${name}: no connection in ${budgetMs} ms`, 'timeout')
    return limit(running, budgetMs, late, connection => connection.destroy())
  }

  return {
    services: async () => {
      assertOpen()
      return sessions.services()
    },
    dial: dialService,
    whoAmI: async () => {
      assertOpen()
      return api.whoAmI()
    },
    host: async (service, options, onConnection) => {
      assertOpen()
      const hosting = await host({ makeApi, credentials, timeoutMs, service, options, onConnection })
      hostings.add(hosting)
      hosting.closed.then(() => hostings.delete(hosting))
      if (closed) await hosting.close()
      assertOpen()
      return hosting
    },
    close: async () => {
      closed = true
      await Promise.all([...hostings].map(hosting => hosting.close()))
      channels.close()
      // A controller that is gone forgets the session by itself.
      await api.end().catch(() => undefined)
    },
  }
}

// What may be otherwise when it is asked anew: a router that went away, a right or a service that changed.
function isStale(fault: EdgeFault, wasKnown: boolean): boolean {
  return fault === 'unreachable' || (wasKnown && (fault === 'denied' || fault === 'encryption'))
}
