import { Duplex } from 'node:stream'
import type { NativeHandle, NativeSdk } from './sdk.js'

/**
 * A stream through the native SDK. It is told neither of the end of the other side nor of a connection that broke, cannot end
 * its own side alone, and cannot slow the other one down: what is not read waits in memory.
 */
export class NativeConnection extends Duplex {
  readonly #sdk: Pick<NativeSdk, 'write' | 'close'>
  readonly #handle: NativeHandle
  #timer: NodeJS.Timeout | undefined

  constructor(sdk: Pick<NativeSdk, 'write' | 'close'>, handle: NativeHandle) {
    super({ allowHalfOpen: true })
    this.#sdk = sdk
    this.#handle = handle
    this.on('error', () => undefined)
  }

  /** Takes what arrived. */
  receive(bytes: Uint8Array): void {
    this.#timer?.refresh()
    if (!this.destroyed) this.push(Buffer.from(bytes))
  }

  /** As of a socket: emits `timeout` when nothing was sent or received for so long; 0 switches that off. */
  setTimeout(timeoutMs: number, listener?: () => void): this {
    clearTimeout(this.#timer)
    if (listener !== undefined) this[timeoutMs > 0 ? 'once' : 'off']('timeout', listener)
    this.#timer = timeoutMs > 0 ? setTimeout(() => this.emit('timeout'), timeoutMs) : undefined
    return this
  }

  /** As of a socket, for HTTP agents. */
  setKeepAlive(): this {
    return this
  }

  /** As of a socket. */
  setNoDelay(): this {
    return this
  }

  /** As of a socket. */
  ref(): this {
    return this
  }

  /** As of a socket. */
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
    // Nothing to fetch: the SDK brings it.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#timer?.refresh()
    this.#sdk.write(this.#handle, chunk, () => done())
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.#timer)
    this.#sdk.close(this.#handle)
    done(error)
  }
}
