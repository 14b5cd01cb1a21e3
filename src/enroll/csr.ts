import { createPublicKey, type KeyObject, webcrypto } from 'node:crypto'
import { EnrollmentError } from './errors.js'
import { readKey } from './key.js'

/** A certificate signing request in PEM for the key, with the given common name; no line after the last one. */
export async function makeCsr(keyPem: string, commonName: string): Promise<string> {
  const { keys, signingAlgorithm } = await importKey(keyPem)
  // As an object and not as text: in "CN=…" a comma or a plus in the name would start another attribute.
  const subject = [{ CN: [{ utf8String: Array.from(commonName).slice(0, maxCommonName).join('') }] }]
  const { Name, Pkcs10CertificateRequestGenerator } = await loadSigner()
  const name = new Name(subject)
  const request = await Pkcs10CertificateRequestGenerator.create({ name, keys, signingAlgorithm }, webcrypto)
  // A blank line after the PEM makes the controller answer COULD_NOT_PROCESS_CSR (seen on 0.28, 1.6 and 2.0).
  return request.toString('pem').trimEnd()
}

/**
 * The library that makes requests. It takes a quarter of a second to load and most commands sign nothing, so it is loaded on
 * demand; who knows beforehand that it will be needed calls this early.
 */
export async function loadSigner() {
  // It throws without the metadata functions of this one.
  await import('reflect-metadata')
  return import('@peculiar/x509')
}

// ub-common-name of RFC 5280.
const maxCommonName = 64

async function importKey(keyPem: string) {
  const key = readKey(keyPem)
  const algorithm = algorithmOf(key)
  const pkcs8 = key.export({ type: 'pkcs8', format: 'der' })
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' })
  const privateKey = await webcrypto.subtle.importKey('pkcs8', pkcs8, algorithm, true, ['sign'])
  const publicKey = await webcrypto.subtle.importKey('spki', spki, algorithm, true, ['verify'])
  return { keys: { privateKey, publicKey }, signingAlgorithm: algorithm }
}

function algorithmOf(key: KeyObject) {
  if (key.asymmetricKeyType === 'rsa') return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
  switch (key.asymmetricKeyDetails?.namedCurve) {
    case 'prime256v1':
      return { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
    case 'secp384r1':
      return { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' }
    case 'secp521r1':
      return { name: 'ECDSA', namedCurve: 'P-521', hash: 'SHA-512' }
    default:
      throw new EnrollmentError(
        'key',
        'The private key is of a kind that OpenZiti does not take (RSA, P-256, P-384, P-521).',
      )
  }
}
