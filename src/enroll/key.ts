import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, X509Certificate } from 'node:crypto'
import { promisify } from 'node:util'
import { EnrollmentError } from './errors.js'

/** The keys that zprom can make, the default first. */
export const keyTypes = ['ec-p256', 'ec-p384', 'rsa-2048', 'rsa-4096'] as const

/** A kind of key that zprom can make. */
export type KeyType = (typeof keyTypes)[number]

/** A new private key as PEM, in the forms that the Go SDK writes: SEC1 for EC, PKCS#1 for RSA (sdk-golang, enroll.go). */
export async function makeKey(type: KeyType): Promise<string> {
  const publicKeyEncoding = { type: 'spki', format: 'der' } as const
  switch (type) {
    case 'ec-p256':
    case 'ec-p384': {
      const privateKeyEncoding = { type: 'sec1', format: 'pem' } as const
      const namedCurve = type === 'ec-p256' ? 'P-256' : 'P-384'
      return (await generate('ec', { namedCurve, publicKeyEncoding, privateKeyEncoding })).privateKey
    }
    case 'rsa-2048':
    case 'rsa-4096': {
      const privateKeyEncoding = { type: 'pkcs1', format: 'pem' } as const
      const modulusLength = type === 'rsa-2048' ? 2048 : 4096
      return (await generate('rsa', { modulusLength, publicKeyEncoding, privateKeyEncoding })).privateKey
    }
  }
}

/** Parses a private key in PEM; throws EnrollmentError without any of the key's text. */
export function readKey(keyPem: string): KeyObject {
  try {
    return parseKey(keyPem)
  } catch {
    // OpenSSL's message is of no use to a person, and nothing about a key belongs in an error.
    throw new EnrollmentError(
      'key',
      'The private key cannot be read: it is no PEM key, or needs a passphrase.',
      'Put the original key back, or enroll the identity anew.',
    )
  }
}

/** Whether a text is a private key of a kind that OpenZiti takes. */
export function isUsableKey(keyPem: string): boolean {
  try {
    return ['ec', 'rsa'].includes(parseKey(keyPem).asymmetricKeyType ?? '')
  } catch {
    return false
  }
}

/** DER of the public half (SubjectPublicKeyInfo). */
export function publicKeyOf(keyPem: string): Buffer {
  return createPublicKey(readKey(keyPem)).export({ type: 'spki', format: 'der' })
}

/** Whether the first certificate of the PEM text was issued for this key. */
export function keyFitsCertificate(keyPem: string, certPem: string): boolean {
  const key = readKey(keyPem)
  try {
    return new X509Certificate(certPem).checkPrivateKey(key)
  } catch {
    throw new EnrollmentError('certificate', 'The certificate cannot be read: it is not a certificate in PEM.')
  }
}

const forms = { 'EC ': 'sec1', 'RSA ': 'pkcs1', '': 'pkcs8' } as const
const plainKey = /^-----BEGIN (EC |RSA |)PRIVATE KEY-----\n([A-Za-z0-9+/=\n]+)\n-----END \1PRIVATE KEY-----\n?$/

// OpenSSL tries one decoder after the other on a PEM text, which takes twice as long as being told which form it is: with a
// thousand identity files that is a second. Whatever is not as we write it, it finds out by itself.
function parseKey(keyPem: string): KeyObject {
  const [, label, body] = plainKey.exec(keyPem) ?? []
  const type = Object.entries(forms).find(([name]) => name === label)?.[1]
  if (type === undefined || body === undefined) return createPrivateKey(keyPem)
  return createPrivateKey({ key: Buffer.from(body, 'base64'), format: 'der', type })
}

const generate = promisify(generateKeyPair)
