// Certificates for the tests of enrolment, made with the library that zprom makes its CSRs with.
import { type KeyObject, webcrypto } from 'node:crypto'
import type { X509Certificate as Made } from '@peculiar/x509'
import 'reflect-metadata'

/** What a test certificate is to be; `notAfter` and the rest have defaults that verify today. */
export type Wish = {
  readonly subject?: string
  readonly dnsNames?: readonly string[]
  readonly notBefore?: Date
  readonly notAfter?: Date
  readonly isCa?: boolean
  readonly issuer?: { readonly certificate: Made; readonly key: KeyObject }
}

/** A certificate for the key, signed by itself or by `issuer`. */
export async function makeCertificate(key: KeyObject, wish: Wish = {}): Promise<Made> {
  const x509 = await import('@peculiar/x509')
  const subject = wish.subject ?? 'CN=test server'
  const own = await keysOf(key)
  const signer = wish.issuer === undefined ? own : await keysOf(wish.issuer.key)
  const names = (wish.dnsNames ?? ['localhost']).map(value => ({ type: 'dns' as const, value }))
  return x509.X509CertificateGenerator.create({
    serialNumber: '01',
    subject,
    issuer: wish.issuer?.certificate.subject ?? subject,
    notBefore: wish.notBefore ?? new Date('2020-01-01'),
    notAfter: wish.notAfter ?? new Date('2099-01-01'),
    publicKey: own.publicKey,
    signingKey: signer.privateKey,
    signingAlgorithm: signer.algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(wish.isCa === true, undefined, true),
      new x509.SubjectAlternativeNameExtension(names),
    ],
  })
}

/** DER of a self-signed certificate for the key. */
export async function certificateDer(key: KeyObject): Promise<Uint8Array> {
  return new Uint8Array((await makeCertificate(key)).rawData)
}

/** The answer of `/.well-known/est/cacerts`: PKCS#7 without signatures, base64 wrapped at 64. */
export async function bundleOf(certificates: readonly Made[]): Promise<string> {
  const { X509Certificates } = await import('@peculiar/x509')
  const base64 = Buffer.from(new X509Certificates([...certificates]).export('raw')).toString('base64')
  return base64.replaceAll(/.{64}/g, '$&\n')
}

async function keysOf(key: KeyObject) {
  const algorithm = algorithmOf(key.asymmetricKeyDetails?.namedCurve)
  const jwk = key.export({ format: 'jwk' })
  const privateKey = await webcrypto.subtle.importKey('jwk', jwk, algorithm, true, ['sign'])
  const { d: _d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...open } = jwk
  return {
    privateKey,
    publicKey: await webcrypto.subtle.importKey('jwk', open, algorithm, true, ['verify']),
    algorithm,
  }
}

function algorithmOf(curve: string | undefined) {
  switch (curve) {
    case 'prime256v1':
      return { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
    case 'secp384r1':
      return { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' }
    case 'secp521r1':
      return { name: 'ECDSA', namedCurve: 'P-521', hash: 'SHA-512' }
    default:
      return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
  }
}
