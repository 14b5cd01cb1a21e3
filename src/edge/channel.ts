import type { TLSSocket } from 'node:tls'
import { EdgeError, scrub } from './errors.js'
import { createFlow } from './flow.js'
import { byte, headersOf, i32, keys, readBool, readI32, readU32, reflected, string, types, u32 } from './headers.js'
import { createProbe } from './probe.js'
import { codeOf, connectTls, type EdgeCredentials, type RouterAddress } from './socket.js'
import { createFrameReader, encodeMessage, type Message } from './wire.js'

/** A message to send; the channel numbers it. */
export type Outgoing = { readonly type: number; readonly headers: ReadonlyMap<number, Buffer>; readonly body?: Buffer }

/** One TLS connection to an edge router, shared by everything that one API session does there. */
export type Channel = {
  readonly router: RouterAddress
  /** Whether a Bind is only done with the router's word that the controller knows of it (routers from 1.0 on). */
  readonly confirmsBinds: boolean
  /** An id for a connection or a hosting, free on this channel. */
  takeId(): number
  /** What arrives for an id goes to this until `forget`; in place of whom it went to before. */
  route(id: number, route: Route): void
  /** Whether an id is somebody's. */
  has(id: number): boolean
  forget(id: number): void
  /** Sends, and resolves when there is room for more. Throws EdgeError when the channel has ended. */
  send(message: Outgoing): Promise<void>
  /** Sends and waits for the answer. Throws EdgeError (`timeout`) when none comes in time. */
  ask(message: Outgoing, timeoutMs: number): Promise<Message>
  /** Bytes more (or less) that an id has received and not read: above a budget for all together the channel reads no more. */
  account(id: number, bytes: number): void
  isOpen(): boolean
  /** Whether somebody's standing still would hold up whoever comes now. */
  isCongested(): boolean
  /** Calls once, when others than `id` hold it up for `ms` without a pause; gives what ends the watch. */
  onCongestion(id: number, ms: number, listener: () => void): () => void
  /** Nobody uses it. */
  isIdle(): boolean
  /** Whether the router has shown that it accepts the session: its answer to the hello does not say so. */
  isProven(): boolean
  prove(): void
  /** Called once, when the channel has ended, with the reason; at once when it has already. */
  onEnd(listener: (reason: EdgeError) => void): void
  close(): void
}

/** Who is behind an id. */
export type Route = {
  receive(message: Message): void
  /** The channel has ended, and with it all that went over it. */
  end(reason: EdgeError): void
}

/** Which router, and as whom. */
export type ChannelOptions = {
  readonly router: RouterAddress
  readonly credentials: EdgeCredentials
  /** Of the API session, or an access token. A secret. */
  readonly token: string
  readonly timeoutMs: number
  /** How long others wait for a connection that reads nothing; then it is ended. */
  readonly stuckMs?: number
}

const defaultStuckMs = 30_000
const probeTimeoutMs = 10_000

/** Opens a channel: TLS, then the hello. An answer to the hello does not mean that the session is good: only a dial shows that. */
export async function openChannel(options: ChannelOptions): Promise<Channel> {
  const socket = await connectTls(options.router, options.credentials, options.timeoutMs)
  const channel = createChannel(socket, options)
  try {
    await channel.greet(options.token, options.timeoutMs)
    return channel
  } catch (error) {
    channel.close()
    throw error
  }
}

type Waiting = { readonly resolve: (message: Message) => void; readonly reject: (reason: EdgeError) => void }

function createChannel(socket: TLSSocket, { router, stuckMs = defaultStuckMs }: ChannelOptions) {
  const where = `edge router ${router.host}:${router.port}`
  const reader = createFrameReader()
  const waiting = new Map<number, Waiting>()
  const routes = new Map<number, Route>()
  const listeners: ((reason: EdgeError) => void)[] = []
  let sequence = 0
  let lastId = 0
  let reason: EdgeError | undefined
  let confirmsBinds = false
  let proven = false

  const flow = createFlow({
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    stuckMs,
    giveUp: id => {
      const route = routes.get(id)
      if (route === undefined || routes.size < 2) return false
      const headers = headersOf([keys.connId, u32(id)])
      write(number({ type: types.stateClosed, headers })).catch(() => undefined)
      route.end(new EdgeError(`${where}: nothing was read for ${stuckMs} ms while others waited`, 'timeout'))
      forget(id)
      return true
    },
  })
  const forget = (id: number) => {
    routes.delete(id)
    flow.forget(id)
  }

  const end = (why: EdgeError) => {
    if (reason !== undefined) return
    reason = why
    probe.end()
    socket.destroy()
    for (const { reject } of waiting.values()) reject(why)
    waiting.clear()
    flow.end()
    for (const route of [...routes.values()]) route.end(why)
    routes.clear()
    for (const listener of listeners.splice(0)) listener(why)
  }

  const write = (message: Message): Promise<void> => {
    if (reason !== undefined) return Promise.reject(reason)
    if (socket.write(encodeMessage(message))) return Promise.resolve()
    return flow.drain()
  }

  const number = ({ type, headers, body = Buffer.alloc(0) }: Outgoing): Message => {
    // Back to 1 before the number no longer fits; answers this old are long gone.
    sequence = sequence >= 0x7fff_ffff ? 1 : sequence + 1
    return { type, sequence, headers, body }
  }

  const ask = (message: Message, timeoutMs: number): Promise<Message> =>
    new Promise<Message>((resolve, reject) => {
      const timer = setTimeout(
        () => settle(() => reject(new EdgeError(`${where}: no answer in ${timeoutMs} ms`, 'timeout'))),
        timeoutMs,
      )
      const settle = (how: () => void) => {
        clearTimeout(timer)
        waiting.delete(message.sequence)
        how()
      }
      waiting.set(message.sequence, {
        resolve: answer => settle(() => resolve(answer)),
        reject: why => settle(() => reject(why)),
      })
      write(message).catch((why: EdgeError) => settle(() => reject(why)))
    })

  const answer = (to: Message, type: number, headers: readonly (readonly [number, Buffer])[], body?: Buffer) => {
    const all = headersOf([keys.replyFor, i32(to.sequence)], ...reflected(to.headers), ...headers)
    write(number({ type, headers: all, ...(body !== undefined && { body }) })).catch(() => undefined)
  }

  const receive = (message: Message) => {
    const replyFor = readI32(message.headers, keys.replyFor)
    const asked = replyFor === undefined ? undefined : waiting.get(replyFor)
    if (asked !== undefined) return asked.resolve(message)
    const heartbeat = message.headers.get(keys.heartbeat)
    if (heartbeat !== undefined) answer(message, types.heartbeat, [[keys.heartbeatResponse, heartbeat]])
    if (message.type === types.latency) return answer(message, types.result, [[keys.resultSuccess, byte(1)]])
    const id = readU32(message.headers, keys.connId)
    const route = id === undefined ? undefined : routes.get(id)
    if (route !== undefined) return route.receive(message)
    // A router of 2.x closes what it asks about and hears nothing of.
    if (message.type === types.connInspectRequest && id !== undefined) {
      answer(message, types.connInspectResponse, [
        [keys.connId, message.headers.get(keys.connId) ?? i32(0)],
        [keys.connType, byte(0)],
      ])
    }
  }

  const probe = createProbe({
    ask: () => ask(number({ type: types.latency, headers: headersOf([keys.probe, Buffer.alloc(8)]) }), probeTimeoutMs),
    isPaused: flow.isPaused,
    onSilent: () => end(new EdgeError(`${where}: silent for too long`, 'unreachable')),
  })

  socket.on('data', piece => {
    probe.hear()
    try {
      for (const message of reader.push(piece)) receive(message)
    } catch (error) {
      const what = error instanceof EdgeError ? error.message : 'a message could not be handled'
      end(new EdgeError(`${where}: ${what}`, 'protocol'))
    }
  })
  socket.on('drain', flow.drained)
  socket.on('error', error => end(new EdgeError(`${where}: the connection broke (${codeOf(error)})`, 'unreachable')))
  socket.on('close', () => end(new EdgeError(`${where}: the connection was closed`, 'unreachable')))

  const greet = async (token: string, timeoutMs: number) => {
    const hello: Message = {
      type: types.hello,
      sequence: -1,
      headers: headersOf([keys.sessionToken, string(token)]),
      body: Buffer.alloc(0),
    }
    const { headers, body } = await ask(hello, timeoutMs)
    if (!readBool(headers, keys.resultSuccess)) {
      throw new EdgeError(`${where}: refused the channel: ${scrub(body.toString('utf8'))}`, 'session')
    }
    confirmsBinds = readBool(headers, keys.supportsBindSuccess)
  }

  return {
    router,
    greet,
    get confirmsBinds() {
      return confirmsBinds
    },
    takeId: () => {
      // Ids from 2^31 on are the router's.
      do lastId = lastId >= 0x7fff_fff0 ? 1 : lastId + 1
      while (routes.has(lastId))
      return lastId
    },
    route: (id: number, route: Route) => {
      if (reason === undefined) routes.set(id, route)
      else route.end(reason)
    },
    has: (id: number) => routes.has(id),
    forget,
    send: (message: Outgoing) => write(number(message)),
    ask: (message: Outgoing, timeoutMs: number) => ask(number(message), timeoutMs),
    account: flow.account,
    isOpen: () => reason === undefined,
    isCongested: flow.isCongested,
    onCongestion: flow.onCongestion,
    isIdle: () => routes.size === 0,
    isProven: () => proven,
    prove: () => {
      proven = true
    },
    onEnd: (listener: (why: EdgeError) => void) => {
      if (reason === undefined) listeners.push(listener)
      else listener(reason)
    },
    close: () => end(new EdgeError(`${where}: closed by zprom`, 'closed')),
  }
}
