import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { makeCsr } from '../../src/enroll/csr.js'
import {
  EnrollmentError,
  isUsableKey,
  keyFitsCertificate,
  keyTypes,
  makeKey,
  publicKeyOf,
} from '../../src/enroll/index.js'
import { makeCertificate } from './enroll-certificates.js'

const keys = new Map<string, string>()

async function makeKeys(): Promise<void> {
  for (const type of keyTypes) if (!keys.has(type)) keys.set(type, await makeKey(type))
}

function keyOf(type: string): string {
  return keys.get(type) ?? assert.fail(`no key ${type}`)
}

describe('private keys', () => {
  before(makeKeys)

  it('can be used when they are of a kind that OpenZiti takes; anything else is said to be none, and nothing is thrown', () => {
    for (const type of keyTypes) assert.ok(isUsableKey(keyOf(type)), type)
    const ed25519 = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    for (const text of ['', 'garbage', keyOf('ec-p256').slice(0, 80), ed25519]) assert.ok(!isUsableKey(text))
  })

  it('are P-256 first', () => {
    assert.equal(keyTypes[0], 'ec-p256')
  })

  for (const [type, detail] of Object.entries({
    'ec-p256': { namedCurve: 'prime256v1' },
    'ec-p384': { namedCurve: 'secp384r1' },
    'rsa-2048': { modulusLength: 2048 },
    'rsa-4096': { modulusLength: 4096 },
  })) {
    it(`of type ${type} have the form that the Go SDK writes`, () => {
      const pem = keyOf(type)
      const label = type.startsWith('ec') ? 'EC' : 'RSA'
      assert.match(
        pem,
        new RegExp(`^-----BEGIN ${label} PRIVATE KEY-----\n[\\s\\S]+\n-----END ${label} PRIVATE KEY-----\n$`),
      )
      const details = createPrivateKey(pem).asymmetricKeyDetails
      assert.deepEqual({ ...details, ...detail }, { ...details })
    })
  }

  it('give their public half as SPKI', () => {
    const pem = keyOf('ec-p256')
    const spki = createPublicKey({ key: publicKeyOf(pem), format: 'der', type: 'spki' })
    assert.ok(spki.equals(createPublicKey(pem)))
  })

  it('fit the certificate that was issued for them, and no other', async () => {
    const key = createPrivateKey(keyOf('ec-p256'))
    const certificate = (await makeCertificate(key)).toString('pem')
    assert.equal(keyFitsCertificate(keyOf('ec-p256'), certificate), true)
    assert.equal(keyFitsCertificate(keyOf('ec-p384'), certificate), false)
  })

  it('are refused without a word of their text when they cannot be read', () => {
    const damaged = keyOf('ec-p256').replace(/\n.{20}/, '\nAAAAAAAAAAAAAAAAAAAA')
    assert.throws(
      () => publicKeyOf(damaged),
      (error: unknown) =>
        error instanceof EnrollmentError &&
        error.fault === 'key' &&
        !`${error.stack}${error.cause}`.includes(damaged.slice(60, 90)),
    )
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const encrypted = privateKey
      .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'x' })
      .toString()
    assert.throws(() => publicKeyOf(encrypted), EnrollmentError)
  })

  it('are compared with certificates only', () => {
    assert.throws(() => keyFitsCertificate(keyOf('ec-p256'), 'no certificate'), {
      name: 'EnrollmentError',
      fault: 'certificate',
    })
  })
})

describe('a certificate signing request', () => {
  before(makeKeys)

  for (const type of keyTypes) {
    it(`for a key of type ${type} carries the name and a signature by the key`, async () => {
      const { Pkcs10CertificateRequest } = await import('@peculiar/x509')
      const text = await makeCsr(keyOf(type), 'identity1')
      const request = new Pkcs10CertificateRequest(text)
      assert.equal(request.subject, 'CN=identity1')
      assert.equal(await request.verify(), true)
      assert.ok(publicKeyOf(keyOf(type)).equals(Buffer.from(request.publicKey.rawData)))
    })
  }

  it('ends with its last line, because controllers refuse a blank one', async () => {
    assert.match(await makeCsr(keyOf('ec-p256'), 'identity1'), /-----END CERTIFICATE REQUEST-----$/)
  })

  it('takes the name as it is: no character of it starts another attribute', async () => {
    const { Pkcs10CertificateRequest } = await import('@peculiar/x509')
    const request = new Pkcs10CertificateRequest(await makeCsr(keyOf('ec-p256'), 'a,O=evil+OU=x "#41"'))
    assert.deepEqual(request.subjectName.toJSON(), [{ CN: ['a,O=evil+OU=x "#41"'] }])
  })

  it('cuts a name at the length that certificates allow', async () => {
    const { Pkcs10CertificateRequest } = await import('@peculiar/x509')
    const request = new Pkcs10CertificateRequest(await makeCsr(keyOf('ec-p256'), '𝒳'.repeat(100)))
    assert.deepEqual(request.subjectName.toJSON(), [{ CN: ['𝒳'.repeat(64)] }])
  })

  it('is refused for a kind of key that OpenZiti does not take', async () => {
    const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    await assert.rejects(makeCsr(pem, 'identity1'), { name: 'EnrollmentError', fault: 'key' })
  })
})
