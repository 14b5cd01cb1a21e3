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
  return readCertificates(text).map(({ pem }) => pem)
}

/** A certificate as text, and as what can answer for it. */
export type Certificate = { readonly pem: string; readonly x509: X509Certificate }

/** The same, parsed. */
export function readCertificates(text: string): Certificate[] {
  const found: Certificate[] = []
  for (let from = text.indexOf(begin); from !== -1; from = text.indexOf(begin, from)) {
    const to = text.indexOf(end, from)
    if (to === -1) throw unreadable('the last certificate is cut off')
    found.push(certificateOf(text.slice(from + begin.length, to)))
    from = to + end.length
  }
  return found
}

/** Hash of the certificate's DER in lower-case hex without colons; `sha1` is what the edge API calls fingerprint. */
export function fingerprint(pem: string, hash: 'sha1' | 'sha256'): string {
  const [, base64] = plainPem.exec(pem) ?? []
  const der = base64 === undefined ? parse(pem).raw : Buffer.from(base64, 'base64')
  return createHash(hash).update(der).digest('hex')
}

// As OpenSSL writes it. What looks like this here was parsed when it was read.
const plainPem = /^-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=\n]+)\n-----END CERTIFICATE-----\n$/

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
const seen = new Map<string, Certificate>()
const mostSeen = 64

function certificateOf(base64: string): Certificate {
  const known = seen.get(base64)
  if (known !== undefined) return known
  const x509 = parseDer(decodeBase64(base64))
  const certificate = { pem: x509.toString(), x509 }
  if (seen.size >= mostSeen) seen.clear()
  seen.set(base64, certificate)
  return certificate
}

function toPem(der: Uint8Array): string {
  return parseDer(der).toString()
}

function parseDer(der: Uint8Array): X509Certificate {
  try {
    return new X509Certificate(der)
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
