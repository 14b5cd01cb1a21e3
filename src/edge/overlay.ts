import type { EdgeApi, EdgeService } from './api.js'
import { createChannels } from './channels.js'
import type { EdgeConnection } from './connection.js'
import { dial } from './dial.js'
import { EdgeError } from './errors.js'
import { type Hosting, type HostOptions, host } from './host.js'
import { createSessions } from './sessions.js'
import type { EdgeCredentials } from './socket.js'

/** The overlay as one identity uses it. */
export type Overlay = {
  /** All services that the identity may dial or host, as the controller says now. */
  services(): Promise<EdgeService[]>
  /** A stream to a service, or to the terminator of one identity of it. Throws EdgeError, AuthError, ControllerError. */
  dial(service: string, options?: { readonly identity?: string; readonly timeoutMs?: number }): Promise<EdgeConnection>
  /** Offers a service until it is closed, and again after routers and sessions come and go. */
  host(service: string, options: HostOptions, onConnection: (connection: EdgeConnection) => void): Promise<Hosting>
  /** Ends all connections and hostings, and the API session. */
  close(): Promise<void>
}

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
  const channels = createChannels({ api, credentials, timeoutMs })
  const hostings = new Set<Hosting>()

  const dialOnce = async (service: EdgeService, identity: string | undefined, limitMs: number) => {
    const session = await sessions.session(service, 'Dial')
    const channel = await channels.open(session.routers)
    const { token } = session
    return dial({ channel, service, token, identity, callerId: api.identity, timeoutMs: limitMs })
  }

  const dialService: Overlay['dial'] = async (name, options = {}) => {
    const service = await sessions.service(name)
    const { identity, timeoutMs: limitMs = dialTimeoutMs } = options
    const rejected = await api.token()
    try {
      return await dialOnce(service, identity, limitMs)
    } catch (error) {
      if (!(error instanceof EdgeError) || !renewable.has(error.fault)) throw error
      // A session that the router does not know, or a channel that it closed without a word: once more, with new ones.
      sessions.drop(service, 'Dial')
      if (error.fault === 'session') api.renew(rejected)
      return dialOnce(service, identity, limitMs)
    }
  }

  return {
    services: sessions.services,
    dial: dialService,
    host: async (service, options, onConnection) => {
      const hosting = await host({ makeApi, credentials, timeoutMs, service, options, onConnection })
      hostings.add(hosting)
      hosting.closed.then(() => hostings.delete(hosting))
      return hosting
    },
    close: async () => {
      await Promise.all([...hostings].map(hosting => hosting.close()))
      channels.close()
      await api.end()
    },
  }
}

const renewable: ReadonlySet<string> = new Set(['session', 'unreachable'])
