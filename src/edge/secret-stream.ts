import type sodiumModule from 'libsodium-wrappers'
import { EdgeError } from './errors.js'

type Sodium = typeof sodiumModule

/** Seals one direction of a connection: the header goes first, then each message as it is sealed. */
export type Sealer = { readonly header: Buffer; seal(plain: Buffer): Buffer }

/** Opens the other direction, in the order of sealing. */
export type Opener = { open(sealed: Buffer): Buffer }

/** How many bytes the header of a stream has. */
export const headerLength = 24

/** By how many bytes a sealed message is longer. */
export const sealOverhead = 17

/** Loads libsodium, which is WebAssembly and takes a moment; the same one for all. */
export async function loadSecretStreams(): Promise<{
  sealer(key: Buffer): Sealer
  opener(key: Buffer, header: Buffer): Opener
}> {
  const { default: sodium } = await import('libsodium-wrappers')
  await sodium.ready
  return { sealer: key => makeSealer(sodium, key), opener: (key, header) => makeOpener(sodium, key, header) }
}

function makeSealer(sodium: Sodium, key: Buffer): Sealer {
  const { state, header } = sodium.crypto_secretstream_xchacha20poly1305_init_push(key)
  const tag = sodium.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
  return {
    header: Buffer.from(header),
    seal: plain => asBuffer(sodium.crypto_secretstream_xchacha20poly1305_push(state, plain, null, tag)),
  }
}

/** Throws EdgeError (`encryption`) for a header of another length, and for what was not sealed in this order with this key. */
function makeOpener(sodium: Sodium, key: Buffer, header: Buffer): Opener {
  if (header.length !== headerLength)
    throw new EdgeError('the other side began its encrypted stream with something else', 'encryption')
  const state = sodium.crypto_secretstream_xchacha20poly1305_init_pull(header, key)
  return {
    open: sealed => {
      const opened =
        sealed.length < sealOverhead ? false : sodium.crypto_secretstream_xchacha20poly1305_pull(state, sealed, null)
      if (opened === false) throw new EdgeError('what the other side sent cannot be opened', 'encryption')
      return asBuffer(opened.message)
    },
  }
}

// The same bytes, not a copy.
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
