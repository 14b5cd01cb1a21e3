import { type Call, takeCall } from './accept.js'
import type { EdgeService } from './api.js'
import type { Channel } from './channel.js'
import type { EdgeConnection } from './connection.js'
import { type KeyPair, makeKeyPair } from './crypto.js'
import { EdgeError, scrub } from './errors.js'
import { byte, headersOf, i32, keys, string, types, u16, u32 } from './headers.js'
import { limit } from './limit.js'
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

/** What is to be offered over a channel, and who takes the calls. */
export type Binding = {
  readonly channel: Channel
  readonly service: EdgeService
  readonly token: string
  readonly options: HostOptions
  readonly onConnection: (connection: EdgeConnection, call: Call) => void
}

/** An offer as it stands at a router. */
export type Bound = {
  /** Why the offer no longer stands. */
  readonly ended: Promise<EdgeError>
  withdraw(): Promise<void>
}

const bindTimeoutMs = 30_000

/** Asks the router to send the calls for a service here. Throws EdgeError when it does not. */
export async function bind(binding: Binding): Promise<Bound> {
  const { channel, service, token, options, onConnection } = binding
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
  const offered = { channel, service, token, id, pair, accept: options.accept, onConnection }
  const receive = (message: Message) => {
    if (message.type === types.dial) void takeCall(offered, message)
    else if (message.type === types.bindSuccess) confirm()
    else if (message.type === types.stateClosed) finish(lost(service, message))
    else if (message.type === types.connInspectRequest) {
      const headers = headersOf([keys.replyFor, i32(message.sequence)], at, [keys.connType, byte(2)])
      channel.reply({ type: types.connInspectResponse, headers, body: Buffer.from('{}') })
    }
  }
  channel.route(id, { receive, end: finish })
  const answer = await channel.ask(
    { type: types.bind, headers: bindHeaders(id, pair, options), body: string(token) },
    bindTimeoutMs,
  )
  if (answer.type !== types.stateConnected) throw lost(service, answer)
  if (channel.confirmsBinds) await confirmedOr(ended, confirmed, service)
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
async function confirmedOr(ended: Promise<EdgeError>, confirmed: Promise<void>, service: EdgeService): Promise<void> {
  const late = () => new EdgeError(`${service.name}: the offer was not confirmed`, 'timeout')
  const failure = await limit(Promise.race([confirmed, ended]), bindTimeoutMs, late)
  if (failure instanceof EdgeError) throw failure
}

function lost(service: EdgeService, message: Message): EdgeError {
  const said = scrub(message.body.toString('utf8'))
  return new EdgeError(`${service.name}: the router does not host it${said === '' ? '' : `: ${said}`}`, 'session')
}
