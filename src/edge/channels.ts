import type { EdgeApi } from './api.js'
import { type Channel, openChannel } from './channel.js'
import { EdgeError } from './errors.js'
import { type EdgeCredentials, parseRouterUrl } from './socket.js'
import { updateToken } from './update-token.js'

/** The channels of one identity: one per edge router, opened when it is needed and shared by all connections. */
export type Channels = {
  /**
   * A channel to one of these routers: one that is open and free, otherwise the first that answers. All are asked at once,
   * a little apart, so a router that is gone costs a moment and not a time-out. Where a connection that stands still holds
   * up all others of its channel, there is a second one. Throws EdgeError of the first router when none answers.
   */
  open(routers: readonly string[]): Promise<Channel>
  close(): void
}

/** As whom channels are opened; times in milliseconds. */
export type ChannelsOptions = {
  readonly api: Pick<EdgeApi, 'token' | 'onRenewal'>
  readonly credentials: EdgeCredentials
  readonly timeoutMs: number
  /** Told when a channel ended that nobody here closed: what it was opened with may have ended too. */
  readonly onLost?: () => void
  readonly stuckMs?: number
}

type Held = {
  readonly url: string
  /** Of the session that it is a channel of, the latest. */
  token: string
  readonly opening: Promise<Channel>
  channel?: Channel
}

// How long one router has before the next is asked as well.
const staggerMs = 250
// Each holds some memory for what is not read.
const mostPerRouter = 8

/** No channel yet: each is opened when somebody needs it. */
export function createChannels(options: ChannelsOptions): Channels {
  const held = new Set<Held>()
  let closed = false

  const start = (url: string, token: string): Promise<Channel> => {
    const { credentials, timeoutMs, stuckMs } = options
    const router = parseRouterUrl(url)
    if (router === undefined) throw new EdgeError(`${url} is not the address of an edge router`, 'unreachable')
    const opening = openChannel({ router, credentials, token, timeoutMs, ...(stuckMs !== undefined && { stuckMs }) })
    const entry: Held = { url, token, opening }
    held.add(entry)
    opening.then(
      channel => {
        entry.channel = channel
        if (entry.token !== token) show(channel, entry.token)
        channel.onEnd(({ fault }) => {
          held.delete(entry)
          if (fault !== 'closed') options.onLost?.()
        })
        if (closed) channel.close()
      },
      () => held.delete(entry),
    )
    return opening
  }

  options.api.onRenewal((before, after) => {
    for (const entry of held) {
      if (entry.token !== before) continue
      entry.token = after
      if (entry.channel !== undefined) show(entry.channel, after)
    }
  })

  const openOne = async (url: string, token: string): Promise<Channel> => {
    const there = [...held].filter(entry => entry.url === url && entry.token === token)
    const unfinished = there.find(({ channel }) => channel === undefined)
    if (unfinished !== undefined) return unfinished.opening
    const last = there.at(-1)?.channel
    return last !== undefined && there.length >= mostPerRouter ? last : start(url, token)
  }

  // A second channel, and what a session of before left behind, go with their last connection; not in this moment, for
  // somebody may have been given one and not used it yet.
  const tidy = (chosen: Held) => {
    for (const entry of held) {
      if (entry === chosen || (entry.url !== chosen.url && entry.token === chosen.token)) continue
      setImmediate(() => {
        if (entry.channel?.isIdle() === true) entry.channel.close()
      })
    }
  }

  const open = async (routers: readonly string[]): Promise<Channel> => {
    if (routers.length === 0) throw noRouters()
    const token = await options.api.token()
    if (closed) throw new EdgeError('the overlay was closed', 'closed')
    const free = [...held].find(
      entry => routers.includes(entry.url) && entry.token === token && entry.channel?.isCongested() === false,
    )
    if (free !== undefined) {
      tidy(free)
      return free.opening
    }
    return race(routers, url => openOne(url, token))
  }

  const close = () => {
    closed = true
    for (const { channel } of [...held]) channel?.close()
  }
  return { open, close }
}

// A channel whose router does not take it ends, and whoever used it hears of that.
function show(channel: Channel, token: string): void {
  updateToken(channel, token).catch(() => undefined)
}

// The first that succeeds; those that come later stay open for the next one.
async function race(routers: readonly string[], openOne: (url: string) => Promise<Channel>): Promise<Channel> {
  let found = false
  const attempt = async (url: string, index: number) => {
    await delay(index * staggerMs)
    // Nobody needs it any more.
    if (found) throw new EdgeError('another router was faster', 'unreachable')
    const channel = await openOne(url)
    found = true
    return channel
  }
  try {
    return await Promise.any(routers.map(attempt))
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
