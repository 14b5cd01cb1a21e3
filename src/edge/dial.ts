import type { Channel, Outgoing } from './channel.js'
import { EdgeConnection, type Encryption } from './connection.js'
import { deriveKeys, type KeyPair, makeKeyPair } from './crypto.js'
import { EdgeError, scrub } from './errors.js'
import { byte, headersOf, keys, string, types, u32 } from './headers.js'
import { loadSecretStreams } from './secret-stream.js'
import { costOf } from './unread.js'
import type { Message } from './wire.js'

/** Whom to dial over a channel, and as whom. */
export type DialOptions = {
  readonly channel: Channel
  readonly service: { readonly name: string; readonly encryptionRequired: boolean }
  /** Of the service session. A secret. */
  readonly token: string
  /** The terminator's identity to ask for; undefined for a terminator without one. */
  readonly identity: string | undefined
  /** Who calls, for the host to see. */
  readonly callerId: string
  /** Goes to the host as it is. */
  readonly appData?: Buffer | undefined
  /** The controller tries a host twice, for five seconds each: less than that hides why it failed. */
  readonly timeoutMs: number
  /** Whether to wait for the answer even on a channel that another connection holds up; otherwise HeldUp is thrown. */
  readonly isPatient: boolean
}

/** Another connection holds the channel up: worth another try on another channel. */
export class HeldUp extends EdgeError {
  constructor(what: string) {
    super(`${what}: another connection holds up the channel to its router`, 'timeout')
  }
}

// A dial may go out just before an upload stops the channel. A router answers sooner than this when it can.
const heldUpMs = 1000

/** Connects to a service. Throws EdgeError with the fault that the router's words stand for. */
export async function dial(options: DialOptions): Promise<EdgeConnection> {
  const { channel, service } = options
  const pair = service.encryptionRequired ? makeKeyPair() : undefined
  const id = channel.takeId()
  const early = holdBack(channel, id)
  try {
    const answer = await ask(options, id, connectMessage(options, id, pair))
    if (answer.type !== types.stateConnected) throw explain(answer.body.toString('utf8'), options)
    channel.prove()
    const encryption = pair === undefined ? undefined : await clientEncryption(answer, pair, service.name)
    const connection = new EdgeConnection({ channel, id, encryption, what: describe(options) })
    early.handOver(connection)
    await connection.greet()
    if (connection.errored !== null) throw connection.errored
    return connection
  } catch (error) {
    channel.send({ type: types.stateClosed, headers: headersOf([keys.connId, u32(id)]) }).catch(() => undefined)
    channel.forget(id)
    throw error
  }
}

// Data can come right behind the answer, before whoever waits for it runs again. It counts as unread, so it has a limit.
function holdBack(channel: Channel, id: number) {
  const early: Message[] = []
  channel.route(id, {
    receive: message => {
      early.push(message)
      channel.account(id, costOf(message))
    },
    end: () => undefined,
  })
  const handOver = (connection: EdgeConnection) => {
    channel.route(id, connection.route)
    for (const message of early.splice(0)) {
      channel.account(id, -costOf(message))
      connection.receive(message)
    }
  }
  return { handOver }
}

// A router acknowledges any hello, and closes a moment later when it does not know the session.
async function ask(
  { channel, timeoutMs, isPatient, ...options }: DialOptions,
  id: number,
  message: Outgoing,
): Promise<Message> {
  const answer = channel.ask(message, timeoutMs)
  try {
    return await (isPatient ? answer : unlessHeldUp(channel, id, answer, describe(options)))
  } catch (error) {
    if (error instanceof HeldUp) throw error
    if (!(error instanceof EdgeError)) throw error
    const what = describe(options)
    if (error.fault === 'unreachable' && !channel.isProven())
      throw new EdgeError(`${what}: ${error.message}: the router did not accept the API session`, 'session')
    throw new EdgeError(`${what}: ${error.message}`, error.fault)
  }
}

function unlessHeldUp(channel: Channel, id: number, answer: Promise<Message>, what: string): Promise<Message> {
  return new Promise((resolve, reject) => {
    const stop = channel.onCongestion(id, heldUpMs, () => reject(new HeldUp(what)))
    answer.then(resolve, reject).finally(stop)
  })
}

function connectMessage({ token, identity, callerId, appData }: DialOptions, id: number, pair: KeyPair | undefined) {
  const headers = headersOf(
    [keys.connId, u32(id)],
    [keys.callerId, string(callerId)],
    ...(pair === undefined
      ? []
      : ([
          [keys.publicKey, pair.publicKey],
          [keys.cryptoMethod, byte(0)],
        ] as const)),
    ...(identity === undefined || identity === '' ? [] : ([[keys.terminatorIdentity, string(identity)]] as const)),
    ...(appData === undefined ? [] : ([[keys.appData, appData]] as const)),
  )
  return { type: types.connect, headers, body: string(token) }
}

/** The keys of a connection as its dialer has them. Never falls back to plain text: the service asked for encryption. */
async function clientEncryption({ headers }: Message, pair: KeyPair, service: string): Promise<Encryption> {
  const peer = headers.get(keys.publicKey)
  if (peer === undefined)
    throw new EdgeError(`${service}: its host does not encrypt, as the service requires`, 'encryption')
  return encryptionOf(pair, peer, 'client')
}

/** The encryption of a connection, from the own pair and the peer's public key. Throws EdgeError (`encryption`). */
export async function encryptionOf(pair: KeyPair, peer: Buffer, side: 'client' | 'server'): Promise<Encryption> {
  const keysOfSide = deriveKeys(pair, peer, side)
  const streams = await loadSecretStreams()
  return { sealer: streams.sealer(keysOfSide.send), opener: header => streams.opener(keysOfSide.receive, header) }
}

function describe({ service, identity }: Pick<DialOptions, 'service' | 'identity'>): string {
  return identity === undefined || identity === '' ? service.name : `${service.name} at ${identity}`
}

// Routers say it in words alone; the innermost error is the host's own.
function explain(text: string, options: DialOptions): EdgeError {
  const what = describe(options)
  const said = scrub(text)
  if (/no (online )?terminators/.test(text)) return new EdgeError(`${what}: nothing hosts it`, 'no-terminator')
  if (/exceeded maximum|failed to establish/.test(text)) {
    const inner = innermost(said)
    // A tunneler of 2.x whose backend is down says so to the first call, and nothing to those after it.
    const isSilent = inner === undefined && /timeout waiting for message reply/.test(text)
    const why = isSilent ? 'it was asked twice and did not answer in time; is what it forwards to up?' : (inner ?? said)
    return new EdgeError(`${what}: its host did not take the call: ${why}`, 'host')
  }
  if (/invalid (api )?session|service token|session token/.test(text))
    return new EdgeError(`${what}: the router does not know the session`, 'session')
  if (/no policies provide access|access lost/.test(text))
    return new EdgeError(`${what}: no right to dial it`, 'denied')
  return new EdgeError(`${what}: ${said === '' ? 'refused' : said}`, 'host')
}

// What the last `error: (…)` holds, with the parentheses that it has itself; undefined when there is none, or half of one.
function innermost(said: string): string | undefined {
  const begin = said.lastIndexOf(errorMark)
  if (begin === -1) return undefined
  const from = begin + errorMark.length
  let open = 1
  for (let at = from; at < said.length; at += 1) {
    if (said[at] === '(') open += 1
    else if (said[at] === ')') open -= 1
    if (open === 0) return said.slice(from, at)
  }
  return undefined
}

const errorMark = 'error: ('
