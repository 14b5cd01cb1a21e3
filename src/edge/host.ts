import type { EdgeApi, EdgeService } from './api.js'
import type { Channel } from './channel.js'
import { createChannels } from './channels.js'
import { EdgeConnection } from './connection.js'
import { type KeyPair, makeKeyPair } from './crypto.js'
import { encryptionOf } from './dial.js'
import { EdgeError, scrub } from './errors.js'
import { byte, headersOf, i32, keys, readString, readU32, string, types, u16, u32 } from './headers.js'
import { createSessions } from './sessions.js'
import type { EdgeCredentials } from './socket.js'
import type { Message } from './wire.js'

/** How a service is offered. */
export type HostOptions = {
  /** Name under which this terminator is asked for; absent: one that anybody reaches who asks for none. */
  readonly identity?: string
  /** Lower is preferred. */
  readonly cost?: number
  readonly precedence?: 'default' | 'required' | 'failed'
  /** Told whenever the offer was lost, with the reason, and when it stands again. */
  readonly onState?: (state: 'hosting' | 'lost', detail: string) => void
  /** Decides about a call before it is taken, within four seconds; what it throws goes to the caller. */
  readonly accept?: (call: Call) => Promise<void>
}

/** A call as it comes in. */
export type Call = { readonly callerId: string | undefined; readonly appData: Buffer | undefined }

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
  readonly onConnection: (connection: EdgeConnection) => void
}

const bindTimeoutMs = 30_000
// A caller's controller gives up after five seconds.
const firstPauseMs = 500
const longestPauseMs = 30_000

/**
 * Offers a service with an API session and a channel of its own: a 0.28 router files hosts by their session and would send
 * the calls for one to another. Throws when the first offer fails; later it is made again until it is closed.
 */
export async function host(inputs: Inputs): Promise<Hosting> {
  const { options, service } = inputs
  let closing = false
  let offer = await makeOffer(inputs)
  options.onState?.('hosting', offer.where)
  let wake = () => {}
  const keep = async () => {
    for (let pauseMs = firstPauseMs; !closing; ) {
      const reason = await offer.ended
      if (closing) break
      options.onState?.('lost', reason.message)
      await offer.drop()
      await new Promise<void>(resolve => {
        wake = resolve
        setTimeout(resolve, pauseMs)
      })
      if (closing) break
      try {
        offer = await makeOffer(inputs)
        pauseMs = firstPauseMs
        options.onState?.('hosting', offer.where)
      } catch (error) {
        offer = { ...offer, ended: Promise.resolve(asEdgeError(error, service)) }
        pauseMs = Math.min(pauseMs * 2, longestPauseMs)
      }
    }
  }
  const kept = keep()
  return {
    closed: kept,
    close: async () => {
      closing = true
      wake()
      await offer.withdraw()
      await kept
      await offer.drop()
    },
  }
}

type Offer = {
  readonly where: string
  /** Why the offer no longer stands. */
  readonly ended: Promise<EdgeError>
  withdraw(): Promise<void>
  drop(): Promise<void>
}

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

type Binding = {
  readonly channel: Channel
  readonly service: EdgeService
  readonly token: string
  readonly options: HostOptions
  readonly onConnection: (connection: EdgeConnection) => void
}

async function bind(binding: Binding): Promise<Pick<Offer, 'ended' | 'withdraw'>> {
  const { channel, service, token, options } = binding
  const pair = service.encryptionRequired ? makeKeyPair() : undefined
  const id = channel.takeId()
  const at = [keys.connId, u32(id)] as const
  let confirm = () => {}
  const confirmed = new Promise<void>(resolve => {
    confirm = resolve
  })
  let finish: (reason: EdgeError) => void = () => undefined
  const ended = new Promise<EdgeError>(resolve => {
    finish = resolve
  })
  const receive = (message: Message) => {
    if (message.type === types.dial) void take(binding, pair, id, message)
    else if (message.type === types.bindSuccess) confirm()
    else if (message.type === types.stateClosed) finish(lost(service, message))
    else if (message.type === types.connInspectRequest) {
      const headers = headersOf([keys.replyFor, i32(message.sequence)], at, [keys.connType, byte(2)])
      channel.send({ type: types.connInspectResponse, headers, body: Buffer.from('{}') }).catch(() => undefined)
    }
  }
  channel.route(id, { receive, end: finish })
  const answer = await channel.ask(
    { type: types.bind, headers: bindHeaders(id, pair, options), body: string(token) },
    bindTimeoutMs,
  )
  if (answer.type !== types.stateConnected) throw lost(service, answer)
  if (channel.confirmsBinds) await within(confirmed, ended, service)
  const withdraw = async () => {
    if (!channel.isOpen()) return
    await channel.send({ type: types.unbind, headers: headersOf(at), body: string(token) }).catch(() => undefined)
    channel.forget(id)
    finish(new EdgeError(`${service.name}: closed by zprom`, 'closed'))
  }
  return { ended, withdraw }
}

function bindHeaders(id: number, pair: KeyPair | undefined, { identity, cost, precedence }: HostOptions) {
  const ranks = { default: 0, required: 1, failed: 2 }
  return headersOf(
    [keys.connId, u32(id)],
    [keys.routerProvidedConnId, byte(1)],
    [keys.supportsInspect, byte(1)],
    [keys.supportsBindSuccess, byte(1)],
    ...(pair === undefined
      ? []
      : ([
          [keys.publicKey, pair.publicKey],
          [keys.cryptoMethod, byte(0)],
        ] as const)),
    ...(identity === undefined || identity === '' ? [] : ([[keys.terminatorIdentity, string(identity)]] as const)),
    ...(cost === undefined ? [] : ([[keys.cost, u16(cost)]] as const)),
    ...(precedence === undefined ? [] : ([[keys.precedence, byte(ranks[precedence])]] as const)),
  )
}

// The controller takes its time to say that it knows of the terminator; until then nobody can dial it.
async function within(confirmed: Promise<void>, ended: Promise<EdgeError>, service: EdgeService): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<EdgeError>(resolve => {
    timer = setTimeout(
      () => resolve(new EdgeError(`${service.name}: the offer was not confirmed`, 'timeout')),
      bindTimeoutMs,
    )
  })
  const failure = await Promise.race([confirmed, ended, late])
  clearTimeout(timer)
  if (failure instanceof EdgeError) throw failure
}

async function take(
  { channel, service, token, options, onConnection }: Binding,
  pair: KeyPair | undefined,
  id: number,
  dialled: Message,
): Promise<void> {
  const reply = [keys.replyFor, i32(dialled.sequence)] as const
  const at = [keys.connId, u32(id)] as const
  const refuse = (reason: string) =>
    channel.send({ type: types.dialFailed, headers: headersOf(reply, at), body: string(reason) }).catch(() => undefined)
  const newId = readU32(dialled.headers, keys.routerProvidedConnId)
  if (dialled.body.toString('utf8') !== token) return void refuse('invalid token')
  if (newId === undefined) return void refuse('the router gave no connection id')
  const peer = dialled.headers.get(keys.publicKey)
  if (pair !== undefined && peer === undefined) return void refuse('encryption required')
  try {
    const callerId = readString(dialled.headers, keys.dialerIdentityName) ?? readString(dialled.headers, keys.callerId)
    await options.accept?.({ callerId, appData: dialled.headers.get(keys.appData) })
    const encryption = pair === undefined || peer === undefined ? undefined : await encryptionOf(pair, peer, 'server')
    const connection = new EdgeConnection({ channel, id: newId, encryption, what: service.name })
    // Registered before the answer: data can come right behind it.
    channel.route(newId, connection.route)
    await channel.send({ type: types.dialSuccess, headers: headersOf(reply, at), body: u32(newId) })
    await connection.greet()
    onConnection(connection)
  } catch (error) {
    await refuse(error instanceof Error ? scrub(error.message) : 'refused')
  }
}

function lost(service: EdgeService, message: Message): EdgeError {
  const said = scrub(message.body.toString('utf8'))
  return new EdgeError(`${service.name}: the router does not host it${said === '' ? '' : `: ${said}`}`, 'session')
}

function asEdgeError(error: unknown, service: string): EdgeError {
  if (error instanceof EdgeError) return error
  return new EdgeError(`${service}: ${error instanceof Error ? error.message : 'cannot be hosted'}`, 'unreachable')
}
