import type { TLSSocket } from 'node:tls'
import { EdgeError, scrub } from './errors.js'
import { createFlow, type Flow } from './flow.js'
import { headersOf, keys, readBool, readU32, string, types, u32 } from './headers.js'
import { createLink, type Link, type Outgoing } from './link.js'
import { createProbe } from './probe.js'
import { createQuestions } from './questions.js'
import { repliesTo } from './replies.js'
import { createRoutes, type Route, type Routes } from './routes.js'
import { connectTls, type EdgeCredentials, type RouterAddress } from './socket.js'
import type { Message } from './wire.js'

export type { Outgoing } from './link.js'
export type { Route } from './routes.js'

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
  /** Answers what the router asked, without waiting; a router that reads no answers loses the channel. */
  reply(message: Outgoing): void
  /** Sends and waits for the answer. Throws EdgeError (`timeout`) when none comes in time. */
  ask(message: Outgoing, timeoutMs: number): Promise<Message>
  /** Bytes more (or less) that an id holds of what is not read: above a budget for all together the channel reads no more. */
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
  const { router, credentials, token, timeoutMs, stuckMs = defaultStuckMs } = options
  const socket = await connectTls(router, credentials, timeoutMs)
  const parts = join(socket, { where: `edge router ${router.host}:${router.port}`, stuckMs })
  try {
    return channelOf(parts, { router, ...(await greet(parts, token, timeoutMs)) })
  } catch (error) {
    close(parts)
    throw error
  }
}

/** What a channel is made of, joined to each other and to the socket. */
type Parts = {
  /** The router, for messages. */
  readonly where: string
  readonly link: Link
  readonly flow: Flow
  readonly routes: Routes
  /** Those to be told of the end. */
  readonly listeners: ((reason: EdgeError) => void)[]
  ask(message: Message, timeoutMs: number): Promise<Message>
}

function join(socket: TLSSocket, { where, stuckMs }: { readonly where: string; readonly stuckMs: number }): Parts {
  const routes = createRoutes()
  const questions = createQuestions(where)
  const listeners: Parts['listeners'] = []
  const flow = createFlow({
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    stuckMs,
    giveUp: id => giveUp(id, stuckMs, parts),
  })
  const link = createLink(socket, {
    ...{ where, flow },
    onPiece: () => probe.hear(),
    onMessage: message => {
      if (!questions.answer(message)) handOn(message, parts)
    },
    onEnd: reason => {
      for (const part of [probe, questions, flow, routes]) part.end(reason)
      for (const listener of listeners.splice(0)) listener(reason)
    },
  })
  const ask: Parts['ask'] = (message, timeoutMs) =>
    questions.ask(message.sequence, timeoutMs, () => link.write(message))
  const parts = { where, link, flow, routes, listeners, ask }
  const probe = createProbe({
    ask: () =>
      ask(link.number({ type: types.latency, headers: headersOf([keys.probe, Buffer.alloc(8)]) }), probeTimeoutMs),
    isPaused: flow.isPaused,
    onSilent: () => link.end(new EdgeError(`${where}: silent for too long`, 'unreachable')),
  })
  return parts
}

// A message that answers no question: for whoever is behind its id, or for the channel itself.
function handOn(message: Message, parts: Parts): void {
  const id = readU32(message.headers, keys.connId)
  const route = id === undefined || message.type === types.latency ? undefined : parts.routes.get(id)
  for (const reply of repliesTo(message, route !== undefined)) parts.link.reply(parts.link.number(reply))
  route?.receive(message)
}

// One that reads nothing, if anybody waits for it.
function giveUp(id: number, stuckMs: number, parts: Parts): boolean {
  const { where, routes } = parts
  const route = routes.get(id)
  if (route === undefined || routes.count() < 2) return false
  send({ type: types.stateClosed, headers: headersOf([keys.connId, u32(id)]) }, parts).catch(() => undefined)
  route.end(new EdgeError(`${where}: nothing was read for ${stuckMs} ms while others waited`, 'timeout'))
  forget(id, parts)
  return true
}

function send(message: Outgoing, { link }: Parts): Promise<void> {
  return link.write(link.number(message))
}

function forget(id: number, { routes, flow }: Parts): void {
  routes.remove(id)
  flow.forget(id)
}

function close({ link, where }: Parts): void {
  link.end(new EdgeError(`${where}: closed by zprom`, 'closed'))
}

/** Says whose session it is. Throws EdgeError (`session`) when the router refuses it. */
async function greet({ where, ask }: Parts, token: string, timeoutMs: number): Promise<Pick<Channel, 'confirmsBinds'>> {
  const hello = { type: types.hello, sequence: -1, headers: headersOf([keys.sessionToken, string(token)]) }
  const { headers, body } = await ask({ ...hello, body: Buffer.alloc(0) }, timeoutMs)
  if (!readBool(headers, keys.resultSuccess))
    throw new EdgeError(`${where}: refused the channel: ${scrub(body.toString('utf8'))}`, 'session')
  return { confirmsBinds: readBool(headers, keys.supportsBindSuccess) }
}

function channelOf(parts: Parts, known: Pick<Channel, 'router' | 'confirmsBinds'>): Channel {
  const { link, flow, routes, listeners } = parts
  let proven = false
  return {
    ...known,
    takeId: routes.takeId,
    route: (id, route) => {
      const reason = link.ended()
      if (reason === undefined) routes.set(id, route)
      else route.end(reason)
    },
    has: id => routes.get(id) !== undefined,
    forget: id => forget(id, parts),
    send: message => send(message, parts),
    reply: message => link.reply(link.number(message)),
    ask: (message, timeoutMs) => parts.ask(link.number(message), timeoutMs),
    account: flow.account,
    isOpen: () => link.ended() === undefined,
    isCongested: flow.isCongested,
    onCongestion: flow.onCongestion,
    isIdle: () => routes.count() === 0,
    isProven: () => proven,
    prove: () => {
      proven = true
    },
    onEnd: listener => {
      const reason = link.ended()
      if (reason === undefined) listeners.push(listener)
      else listener(reason)
    },
    close: () => close(parts),
  }
}
