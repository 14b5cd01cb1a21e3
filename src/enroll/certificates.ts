import { createHash, X509Certificate } from 'node:crypto'
import { EnrollmentError } from './errors.js'
import { certificatesOfPkcs7 } from './pkcs7.js'

/** What a person compares before trusting a controller for the first time. Times are ISO 8601. */
export type CertificateSummary = {
  readonly subject: string
  readonly issuer: string
  /** Lower-case hex. */
  readonly sha256: string
  readonly notBefore: string
  readonly notAfter: string
}

/** The certificates (PEM, without duplicates) in the answer of `/.well-known/est/cacerts`: PKCS#7, base64 or plain DER. */
export function readBundle(body: string | Uint8Array): string[] {
  const bytes = typeof body === 'string' ? Buffer.from(body, 'latin1') : Buffer.from(body)
  if (bytes.length > maxBundleBytes) throw unreadable('it is larger than any CA bundle')
  // 0x30 opens a DER sequence; base64 of one starts with the letter M.
  const der = bytes[0] === 0x30 && typeof body !== 'string' ? bytes : decodeBase64(bytes.toString('latin1'))
  const certificates = certificatesOfPkcs7(der)
  if (certificates === undefined) throw unreadable('it is not PKCS#7')
  if (certificates.length === 0) throw unreadable('it holds no certificate')
  return [...new Set(certificates.map(toPem))]
}

/** The certificates in a text, each as PEM of its own with one newline at the end; text between blocks is ignored. */
export function splitPem(text: string): string[] {
  const found: string[] = []
  for (let from = text.indexOf(begin); from !== -1; from = text.indexOf(begin, from)) {
    const to = text.indexOf(end, from)
    if (to === -1) throw unreadable('the last certificate is cut off')
    found.push(pemOf(text.slice(from + begin.length, to)))
    from = to + end.length
  }
  return found
}

/** Hash of the certificate's DER in lower-case hex without colons; `sha1` is what the edge API calls fingerprint. */
export function fingerprint(pem: string, hash: 'sha1' | 'sha256'): string {
  return createHash(hash).update(parse(pem).raw).digest('hex')
}

/** A certificate in words. */
export function describeCertificate(pem: string): CertificateSummary {
  const certificate = parse(pem)
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    sha256: fingerprint(pem, 'sha256'),
    notBefore: new Date(certificate.validFrom).toISOString(),
    notAfter: new Date(certificate.validTo).toISOString(),
  }
}

/** Largest bundle that is read; real ones are a few kB. */
export const maxBundleBytes = 1_048_576

const begin = '-----BEGIN CERTIFICATE-----'
const end = '-----END CERTIFICATE-----'

// Of a thousand identity files each has the same CAs.
const seen = new Map<string, string>()
const mostSeen = 64

function pemOf(base64: string): string {
  const known = seen.get(base64)
  if (known !== undefined) return known
  const pem = toPem(decodeBase64(base64))
  if (seen.size >= mostSeen) seen.clear()
  seen.set(base64, pem)
  return pem
}

function toPem(der: Uint8Array): string {
  try {
    return new X509Certificate(der).toString()
  } catch {
    throw unreadable('one of its certificates is damaged')
  }
}

function parse(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch {
    throw unreadable('it is not a certificate in PEM')
  }
}

// Buffer would skip what is not base64; an HTML page must not turn into bytes.
function decodeBase64(text: string): Buffer {
  const packed = text.replaceAll(/\s/g, '')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(packed)) throw unreadable('it is not base64')
  return Buffer.from(packed, 'base64')
}

// Names in a certificate are chosen by whoever made it: nothing in them may move the cursor or hide text.
function oneLine(name: string | undefined): string {
  return (name ?? '')
    .split('\n')
    .join(', ')
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, '?')
}

function unreadable(why: string): EnrollmentError {
  return new EnrollmentError('certificate', `The certificate (or CA bundle) cannot be read: ${why}.`)
}
