import { Duplex, type DuplexOptions } from 'node:stream'
import { createIdleTimer } from './idle-timer.js'

/** A half-closing stream with what HTTP agents ask of a socket. Whoever extends it calls `touch` when bytes come or go. */
export abstract class SocketLike extends Duplex {
  readonly #idle = createIdleTimer(() => this.emit('timeout'))

  constructor(options: DuplexOptions = {}) {
    super({ ...options, allowHalfOpen: true })
    // A call that fails before anybody listens must not end the whole process; readers, writers and `close` learn of it.
    this.on('error', () => undefined)
  }

  /** As of a socket: emits `timeout` when nothing was sent or received for so long; 0 switches that off. */
  setTimeout(timeoutMs: number, listener?: () => void): this {
    // Of net.Socket, too: 0 takes the listener away again, and HTTP agents count on that.
    if (listener !== undefined) this[timeoutMs > 0 ? 'once' : 'off']('timeout', listener)
    this.#idle.set(timeoutMs)
    return this
  }

  /** As of a socket, for HTTP agents; what carries the stream has its own. */
  setKeepAlive(): this {
    return this
  }

  /** As of a socket: nothing is ever held back. */
  setNoDelay(): this {
    return this
  }

  /** As of a socket; what carries the stream decides what keeps the process alive. */
  ref(): this {
    return this
  }

  /** As of a socket; what carries the stream decides what keeps the process alive. */
  unref(): this {
    return this
  }

  /** As of a socket: closes once all is sent. HTTP agents do that with what they don't keep. */
  destroySoon(): void {
    if (this.writable) this.end()
    if (this.writableFinished) this.destroy()
    else this.once('finish', () => this.destroy())
  }

  override _read(): void {
    // Nothing to fetch: what carries the stream brings it.
  }

  /** Something was sent or received. */
  protected touch(): void {
    this.#idle.touch()
  }

  /** Nothing will be any more: no timer is left behind. */
  protected stopIdling(): void {
    this.#idle.set(0)
  }
}
