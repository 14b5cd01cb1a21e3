import { createHash } from 'node:crypto'
import { splitPem } from './certificates.js'
import { memberOf } from './failure.js'
import { controllersOf, parseJson } from './identity-file.js'

// ECPrivateKey (RFC 5915) with a P-256 key: 32 bytes of secret between the first two, and then the 65 of its public point.
const sec1 = { start: '30770201010420', middle: 'a00a06082a8648ce3d030107a14403420004' } as const
const sec1Bytes = 121
const pointAt = 56
// What a certificate says of such a key, up to the point (RFC 5480).
const publicKeyStart = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex')

const plainKey = /^pem:-----BEGIN EC PRIVATE KEY-----\n([A-Za-z0-9+/\n]+={0,2})\n-----END EC PRIVATE KEY-----\n$/
const firstCertificate = /^pem:-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/\n]+={0,2})\n-----END CERTIFICATE-----\n/

/**
 * The SHA-1 of the certificate in an identity file, in lower-case hex, if the file is of the form that zprom writes by default,
 * with a key that the certificate is for. Undefined means that it takes a closer look, and nothing worse. A certificate that
 * is damaged has the hash of another: who expects a certain one is never misled. Of thousands of files it is a quarter of the
 * time that parsing their keys and certificates takes.
 */
export function glanceAtIdentity(text: string): string | undefined {
  const file = parseJson(text)
  const id = memberOf(file, 'id')
  const [key, cert, ca] = ['key', 'cert', 'ca'].map(name => memberOf(id, name))
  if (file === undefined || controllersOf(file).length === 0) return undefined
  if (typeof key !== 'string' || typeof cert !== 'string' || typeof ca !== 'string' || !ca.startsWith('pem:'))
    return undefined
  const keyDer = derIn(plainKey, key)
  const certDer = derIn(firstCertificate, cert)
  if (keyDer === undefined || certDer === undefined || !isP256(keyDer)) return undefined
  if (certDer.indexOf(Buffer.concat([publicKeyStart, keyDer.subarray(pointAt)])) === -1) return undefined
  const others = cert.replace(firstCertificate, '')
  return areCertificates(others) && areCertificates(ca) ? createHash('sha1').update(certDer).digest('hex') : undefined
}

function derIn(form: RegExp, pem: string): Buffer | undefined {
  const [, base64] = form.exec(pem) ?? []
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64')
}

function isP256(der: Buffer): boolean {
  if (der.length !== sec1Bytes) return false
  return der.toString('hex', 0, 7) === sec1.start && der.toString('hex', 39, pointAt + 1) === sec1.middle
}

// The CAs of a network are the same in each file, and parsed once.
function areCertificates(pem: string): boolean {
  try {
    splitPem(pem)
    return true
  } catch {
    return false
  }
}
