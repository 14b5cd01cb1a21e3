import type { EdgeApi } from './api.js'
import { type Channel, openChannel } from './channel.js'
import { EdgeError } from './errors.js'
import { type EdgeCredentials, parseRouterUrl } from './socket.js'

/** The channels of one API session, one per edge router, opened when they are needed and shared by all connections. */
export type Channels = {
  /**
   * A channel to one of these routers: one that is open, otherwise the first that answers. All are asked at once, a little
   * apart, so a router that is gone costs a moment and not a time-out. Throws EdgeError of the last when none answers.
   */
  open(routers: readonly string[]): Promise<Channel>
  close(): void
}

export type ChannelsOptions = {
  readonly api: Pick<EdgeApi, 'token'>
  readonly credentials: EdgeCredentials
  readonly timeoutMs: number
}

// How long one router has before the next is asked as well.
const staggerMs = 250

export function createChannels({ api, credentials, timeoutMs }: ChannelsOptions): Channels {
  const held = new Map<string, Promise<Channel>>()

  const openOne = (url: string): Promise<Channel> => {
    const there = held.get(url)
    if (there !== undefined) return there
    const opening = start(url)
    held.set(url, opening)
    const forget = () => {
      if (held.get(url) === opening) held.delete(url)
    }
    opening.then(channel => channel.onEnd(forget), forget)
    return opening
  }

  const start = async (url: string): Promise<Channel> => {
    const router = parseRouterUrl(url)
    if (router === undefined) throw new EdgeError(`${url} is not the address of an edge router`, 'unreachable')
    return openChannel({ router, credentials, token: await api.token(), timeoutMs })
  }

  const open = async (routers: readonly string[]): Promise<Channel> => {
    if (routers.length === 0) throw noRouters()
    for (const url of routers) {
      const channel = await held.get(url)?.catch(() => undefined)
      if (channel?.isOpen() === true) return channel
    }
    let found = false
    const attempt = async (url: string, index: number) => {
      await delay(index * staggerMs)
      // Nobody needs it any more.
      if (found) throw new EdgeError('another router was faster', 'unreachable')
      const channel = await openOne(url)
      found = true
      return channel
    }
    return firstOf(routers.map(attempt))
  }

  const close = () => {
    for (const opening of held.values()) opening.then(channel => channel.close()).catch(() => undefined)
    held.clear()
  }
  return { open, close }
}

// The first that succeeds; those that come later stay open for the next one.
async function firstOf(attempts: readonly Promise<Channel>[]): Promise<Channel> {
  try {
    return await Promise.any(attempts)
  } catch (error) {
    const [first] = error instanceof AggregateError ? error.errors : [error]
    throw first
  }
}

function delay(ms: number): Promise<void> {
  return ms === 0 ? Promise.resolve() : new Promise(resolve => setTimeout(resolve, ms))
}

function noRouters(): EdgeError {
  return new EdgeError(
    'the controller offers no edge router for this service',
    'unreachable',
    'an edge-router-policy and a service-edge-router-policy must join identity and service to a router that is online: zprom verify',
  )
}
