import type { Call } from './accept.js'
import type { EdgeApi } from './api.js'
import { type Bound, bind, type HostOptions } from './bind.js'
import { createChannels } from './channels.js'
import type { EdgeConnection } from './connection.js'
import { EdgeError } from './errors.js'
import { pause } from './limit.js'
import { createSessions } from './sessions.js'
import type { EdgeCredentials } from './socket.js'

/** A service that is offered. */
export type Hosting = {
  /** Settles when it was closed. */
  readonly closed: Promise<void>
  /** Takes the offer back, and ends the connections that came by it. */
  close(): Promise<void>
}

type Inputs = {
  readonly makeApi: () => EdgeApi
  readonly credentials: EdgeCredentials
  readonly timeoutMs: number
  readonly service: string
  readonly options: HostOptions
  readonly onConnection: (connection: EdgeConnection, call: Call) => void
}

const firstPauseMs = 500
const longestPauseMs = 15_000

/**
 * Offers a service with an API session and a channel of its own: a 0.28 router files hosts by their session and would send
 * the calls for one to another. Throws when the first offer fails; later it is made again until it is closed.
 */
export async function host(inputs: Inputs): Promise<Hosting> {
  const { options, service } = inputs
  let closing = false
  let offer = await makeOffer(inputs)
  let resting = pause(0)
  options.onState?.('hosting', offer.where)
  const keep = async () => {
    for (let pauseMs = firstPauseMs; !closing; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      const reason = await offer.ended
      if (closing) return
      options.onState?.('lost', reason.message)
      await offer.drop()
      resting = pause(pauseMs)
      await resting.done
      if (closing) return
      try {
        offer = await makeOffer(inputs)
        pauseMs = firstPauseMs / 2
        options.onState?.('hosting', offer.where)
      } catch (error) {
        offer = { ...offer, ended: Promise.resolve(asEdgeError(error, service)) }
      }
    }
  }
  const kept = keep()
  return {
    closed: kept,
    close: async () => {
      closing = true
      resting.end()
      await offer.withdraw()
      await kept
      await offer.drop()
    },
  }
}

type Offer = Bound & { readonly where: string; drop(): Promise<void> }

async function makeOffer({
  makeApi,
  credentials,
  timeoutMs,
  service: name,
  options,
  onConnection,
}: Inputs): Promise<Offer> {
  const api = makeApi()
  const sessions = createSessions(api)
  const channels = createChannels({ api, credentials, timeoutMs })
  const drop = async () => {
    channels.close()
    await api.end().catch(() => undefined)
  }
  try {
    const service = await sessions.service(name)
    const { token, routers } = await sessions.session(service, 'Bind')
    const channel = await channels.open(routers)
    const bound = await bind({ channel, service, token, options, onConnection })
    return { where: `${channel.router.host}:${channel.router.port}`, ...bound, drop }
  } catch (error) {
    await drop()
    throw error
  }
}

function asEdgeError(error: unknown, service: string): EdgeError {
  if (error instanceof EdgeError) return error
  return new EdgeError(`${service}: ${error instanceof Error ? error.message : 'cannot be hosted'}`, 'unreachable')
}
