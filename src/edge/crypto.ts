import { createHash, createPublicKey, diffieHellman, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { EdgeError } from './errors.js'

// End-to-end encryption of a connection: libsodium's crypto_kx, then crypto_secretstream_xchacha20poly1305 in each
// direction (github.com/openziti/secretstream).

/** A key pair of X25519; `publicKey` is its 32 bytes, as header 1003 carries them. */
export type KeyPair = { readonly publicKey: Buffer; readonly secret: KeyObject }

/** Keys of the two directions as one side sees them, 32 bytes each. */
export type SessionKeys = { readonly receive: Buffer; readonly send: Buffer }

/** A key pair for one Connect, or for one Bind. */
export function makeKeyPair(): KeyPair {
  const { publicKey, privateKey } = generateKeyPairSync('x25519')
  return { publicKey: rawPublicKey(publicKey), secret: privateKey }
}

/** The keys of a connection. Throws EdgeError (`encryption`) for a public key of the peer that is none. */
export function deriveKeys(own: KeyPair, peer: Buffer, side: 'client' | 'server'): SessionKeys {
  const [clientKey, serverKey] = side === 'client' ? [own.publicKey, peer] : [peer, own.publicKey]
  const hash = createHash('blake2b512').update(agree(own, peer)).update(clientKey).update(serverKey).digest()
  const [first, second] = [hash.subarray(0, 32), hash.subarray(32, 64)]
  return side === 'client' ? { receive: first, send: second } : { receive: second, send: first }
}

function agree(own: KeyPair, peer: Buffer): Buffer {
  try {
    // OpenSSL reads over what stands behind a key.
    if (peer.length !== publicKeyLength) throw new Error('wrong length')
    const publicKey = createPublicKey({ key: Buffer.concat([spkiStart, peer]), format: 'der', type: 'spki' })
    return diffieHellman({ privateKey: own.secret, publicKey })
  } catch {
    // A key of another length, or a point of small order, which would make a shared secret that everybody knows.
    throw new EdgeError('the other side sent a public key that is none', 'encryption')
  }
}

const publicKeyLength = 32
// What stands before the 32 bytes of a public key of X25519 in DER (RFC 8410).
const spkiStart = Buffer.from('302a300506032b656e032100', 'hex')

function rawPublicKey(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' }).subarray(spkiStart.length)
}
