import type { Duplex } from 'node:stream'
import type { Channel, Route } from './channel.js'
import { EdgeError, scrub } from './errors.js'
import { flags, headersOf, keys, readU32, types, u32 } from './headers.js'
import { headerLength, type Opener, type Sealer } from './secret-stream.js'
import { SocketLike } from './socket-like.js'
import { createUnread } from './unread.js'
import type { Message } from './wire.js'

/** The two directions of an encrypted connection; the opener is made of the first message that arrives. */
export type Encryption = { readonly sealer: Sealer; opener(header: Buffer): Opener }

/** A stream through the overlay, with what HTTP agents ask of a socket. */
export type OverlayStream = Duplex & {
  setTimeout(timeoutMs: number, listener?: () => void): unknown
  setKeepAlive(): unknown
  setNoDelay(): unknown
  ref(): unknown
  unref(): unknown
}

/** A connection that the router has agreed to, as it is on its channel. */
export type ConnectionOptions = {
  readonly channel: Channel
  readonly id: number
  /** Absent on a service that asks for none. */
  readonly encryption: Encryption | undefined
  /** What it is a connection to, for messages. */
  readonly what: string
}

// A message of this size costs little per byte, and is small enough to let others in between.
const largestMessage = 32 * 1024
// What a reader is handed at once, at most.
const highWaterMark = 256 * 1024

/**
 * One stream through the overlay, as a Duplex that half-closes. Ends when the peer ends its side or closes; an abort and an
 * orderly close look the same on the wire, so the protocol on top has to know when it is whole.
 */
export class EdgeConnection extends SocketLike {
  // Private for real: to print a connection must not print a channel, a socket, a key.
  readonly #options: ConnectionOptions
  #opener: Opener | undefined
  readonly #unread = createUnread()
  #accounted = 0
  #peerEnded = false
  #selfEnded = false
  #closedByPeer = false
  #saidClosed = false
  #greeted: Promise<void> | undefined

  constructor(options: ConnectionOptions) {
    super({ readableHighWaterMark: highWaterMark, writableHighWaterMark: largestMessage })
    this.#options = options
  }

  /** Takes a message of the channel that carries this connection's id. */
  receive(message: Message): void {
    this.touch()
    try {
      if (message.type === types.data) this.#receiveData(message)
      else if (message.type === types.stateClosed) this.#receiveClosed(message.body.toString('utf8'))
    } catch (error) {
      this.destroy(error instanceof Error ? error : new Error('a message could not be handled'))
    }
  }

  /** What the channel needs of it. */
  get route(): Route {
    return { receive: message => this.receive(message), end: reason => this.#lose(reason) }
  }

  /** Sends what an encrypted connection begins with; before anything else, and once. */
  greet(): Promise<void> {
    const { encryption } = this.#options
    this.#greeted ??= encryption === undefined ? Promise.resolve() : this.#send(encryption.sealer.header)
    return this.#greeted
  }

  /** As of any stream; what was read makes room on the channel. */
  override read(size?: number): Buffer | null {
    const piece: Buffer | null = super.read(size)
    this.#account()
    return piece
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#writeAll([chunk]).then(() => done(), done)
  }

  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#writeAll(chunks.map(({ chunk }) => chunk)).then(() => done(), done)
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#selfEnded = true
    // With the peer gone there is nobody to tell.
    this.#sayEnded().then(
      () => done(),
      () => done(),
    )
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const { channel, id } = this.#options
    this.stopIdling()
    if (!this.#closedByPeer) this.#sayClosed()
    channel.forget(id)
    done(error)
  }

  #receiveData({ headers, body }: Message): void {
    if (body.length > 0 && !this.#peerEnded) {
      const plain = this.#open(body)
      if (plain !== undefined && plain.length > 0) {
        this.#unread.add(plain.length)
        this.push(plain)
        this.#account()
      }
    }
    if (((readU32(headers, keys.flags) ?? 0) & flags.fin) !== 0) this.#endReading()
  }

  #receiveClosed(reason: string): void {
    this.#closedByPeer = true
    this.#options.channel.forget(this.#options.id)
    const text = scrub(reason)
    // "close called" and no text at all are how peers say good-bye.
    if (text === '' || text === 'close called' || this.#peerEnded) {
      this.#endReading()
      if (this.readableEnded) this.destroy()
      else this.once('end', () => this.destroy())
      return
    }
    this.destroy(new EdgeError(`${this.#options.what}: closed by the router: ${text}`, 'session'))
  }

  #lose(reason: EdgeError): void {
    this.#closedByPeer = true
    this.destroy(reason.fault === 'closed' ? undefined : reason)
  }

  #open(body: Buffer): Buffer | undefined {
    const { encryption } = this.#options
    if (encryption === undefined) return body
    if (this.#opener !== undefined) return this.#opener.open(body)
    if (body.length !== headerLength)
      throw new EdgeError(`${this.#options.what}: the other side did not begin an encrypted stream`, 'encryption')
    this.#opener = encryption.opener(body)
    return undefined
  }

  #endReading(): void {
    if (this.#peerEnded) return
    this.#peerEnded = true
    this.push(null)
    if (this.#selfEnded) this.#sayClosed()
  }

  // Tells the channel how much waits here to be read.
  #account(): void {
    const { channel, id } = this.#options
    const cost = this.#unread.cost(this.readableLength)
    const change = cost - this.#accounted
    this.#accounted = cost
    if (change !== 0 && channel.has(id)) channel.account(id, change)
  }

  async #writeAll(chunks: readonly Buffer[]): Promise<void> {
    await this.greet()
    const { encryption, what } = this.#options
    for (const piece of pieces(chunks)) {
      if (this.#closedByPeer || this.destroyed) throw new EdgeError(`${what}: the other side has closed`, 'host')
      await this.#send(encryption === undefined ? piece : encryption.sealer.seal(piece))
    }
  }

  #send(body: Buffer, flag?: number): Promise<void> {
    this.touch()
    const { channel, id } = this.#options
    const flagged = flag === undefined ? [] : [[keys.flags, u32(flag)] as const]
    return channel.send({ type: types.data, headers: headersOf([keys.connId, u32(id)], ...flagged), body })
  }

  async #sayEnded(): Promise<void> {
    if (this.#closedByPeer) return
    await this.greet()
    await this.#send(Buffer.alloc(0), flags.fin)
    if (this.#peerEnded) this.#sayClosed()
  }

  #sayClosed(): void {
    if (this.#saidClosed) return
    this.#saidClosed = true
    const { channel, id } = this.#options
    channel.send({ type: types.stateClosed, headers: headersOf([keys.connId, u32(id)]) }).catch(() => undefined)
  }
}

// Small writes joined, large ones cut.
function* pieces(chunks: readonly Buffer[]): Generator<Buffer> {
  const all = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
  for (let at = 0; at < all.length; at += largestMessage) yield all.subarray(at, at + largestMessage)
}
