import { SocketLike } from '../edge/index.js'
import type { NativeHandle, NativeSdk } from './sdk.js'

/**
 * A stream through the native SDK. It is told neither of the end of the other side nor of a connection that broke, cannot end
 * its own side alone, and cannot slow the other one down: what is not read waits in memory.
 */
export class NativeConnection extends SocketLike {
  readonly #sdk: Pick<NativeSdk, 'write' | 'close'>
  readonly #handle: NativeHandle

  constructor(sdk: Pick<NativeSdk, 'write' | 'close'>, handle: NativeHandle) {
    super()
    this.#sdk = sdk
    this.#handle = handle
  }

  /** Takes what arrived. */
  receive(bytes: Uint8Array): void {
    this.touch()
    if (!this.destroyed) this.push(Buffer.from(bytes))
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.touch()
    this.#sdk.write(this.#handle, chunk, () => done())
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.stopIdling()
    this.#sdk.close(this.#handle)
    done(error)
  }
}
