import type { Channel } from './channel.js'
import { EdgeConnection } from './connection.js'
import type { KeyPair } from './crypto.js'
import { encryptionOf } from './dial.js'
import { EdgeError, scrub } from './errors.js'
import { headersOf, i32, keys, readString, readU32, string, types, u32 } from './headers.js'
import { limit } from './limit.js'
import type { Message } from './wire.js'

/** A call as it comes in. */
export type Call = { readonly callerId: string | undefined; readonly appData: Buffer | undefined }

/** An offer at a router, for which calls come in. */
export type Offered = {
  readonly channel: Channel
  readonly service: { readonly name: string }
  /** Of the service session. A secret. */
  readonly token: string
  /** The id that the router calls for this offer. */
  readonly id: number
  /** The host's key pair; undefined on a service that asks for no encryption. */
  readonly pair: KeyPair | undefined
  /** Decides about a call before it is taken; what it throws goes to the caller. */
  readonly accept: ((call: Call) => Promise<void>) | undefined
  readonly onConnection: (connection: EdgeConnection, call: Call) => void
}

// A caller's controller gives up after five seconds.
const decisionMs = 4500

/** Takes a call, or tells the caller why not; never throws. */
export async function takeCall(offered: Offered, dialled: Message): Promise<void> {
  const { channel, service, token, id, pair, onConnection } = offered
  const headers = headersOf([keys.replyFor, i32(dialled.sequence)], [keys.connId, u32(id)])
  const call = readCall(dialled)
  let connection: EdgeConnection | undefined
  try {
    if (dialled.body.toString('utf8') !== token) throw refusal('invalid token')
    const newId = readU32(dialled.headers, keys.routerProvidedConnId)
    if (newId === undefined || channel.has(newId)) throw refusal('the router gave no free connection id')
    await decide(offered, call)
    const encryption = await encrypt(pair, dialled)
    connection = new EdgeConnection({ channel, id: newId, encryption, what: service.name })
    // Registered before the answer: data can come right behind it.
    channel.route(newId, connection.route)
    await channel.send({ type: types.dialSuccess, headers, body: u32(newId) })
    await connection.greet()
    onConnection(connection, call)
  } catch (error) {
    if (connection !== undefined) return void connection.destroy(asError(error))
    channel.reply({ type: types.dialFailed, headers, body: string(scrub(asError(error).message)) })
  }
}

function readCall({ headers }: Message): Call {
  const callerId = readString(headers, keys.dialerIdentityName) ?? readString(headers, keys.callerId)
  return { callerId, appData: headers.get(keys.appData) }
}

function decide({ accept }: Offered, call: Call): Promise<void> {
  if (accept === undefined) return Promise.resolve()
  return limit(accept(call), decisionMs, () => refusal('the host did not decide in time'))
}

async function encrypt(pair: KeyPair | undefined, { headers }: Message) {
  if (pair === undefined) return undefined
  const peer = headers.get(keys.publicKey)
  if (peer === undefined) throw refusal('encryption required')
  return encryptionOf(pair, peer, 'server')
}

function refusal(reason: string): EdgeError {
  return new EdgeError(reason, 'host')
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error('refused')
}
