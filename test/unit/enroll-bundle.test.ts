import assert from 'node:assert/strict'
import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import fc from 'fast-check'
import { describeCertificate, EnrollmentError, fingerprint, readBundle, splitPem } from '../../src/enroll/index.js'
import { bundleOf, makeCertificate } from './enroll-certificates.js'

const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
let pems: string[] = []
let bundle = ''

async function makeBundle(): Promise<void> {
  const two = [
    await makeCertificate(key, { subject: 'CN=root', isCa: true }),
    await makeCertificate(key, { subject: 'CN=mid', isCa: true }),
  ]
  pems = two.map(made => new X509Certificate(made.toString('pem')).toString())
  bundle = await bundleOf(two)
}

function onlyEnrollmentErrors(run: () => unknown): void {
  try {
    run()
  } catch (error) {
    assert.ok(error instanceof EnrollmentError, String(error))
    assert.equal(error.fault, 'certificate')
  }
}

describe('the CA bundle of a controller', () => {
  before(makeBundle)

  it('gives its certificates as PEM, in its order', () => {
    assert.deepEqual(readBundle(bundle).toSorted(), pems.toSorted())
  })

  it('is read as text, as the bytes of text, and as plain DER', () => {
    const expected = readBundle(bundle)
    assert.deepEqual(readBundle(Buffer.from(bundle)), expected)
    assert.deepEqual(readBundle(bundle.replaceAll('\n', '\r\n')), expected)
    assert.deepEqual(readBundle(Buffer.from(bundle, 'base64')), expected)
  })

  it('gives a certificate that is in it twice only once', async () => {
    const made = await makeCertificate(key)
    assert.equal(readBundle(await bundleOf([made, made])).length, 1)
  })

  it('is refused when it holds no certificate', async () => {
    assert.throws(() => readBundle(emptyBundle), { name: 'EnrollmentError', message: /holds no certificate/ })
  })

  it('is refused when it is a web page, empty, or something else in base64', () => {
    assert.throws(() => readBundle('<html>hello</html>'), { message: /not base64/ })
    assert.throws(() => readBundle(''), { message: /not base64/ })
    assert.throws(() => readBundle(Buffer.from('hello').toString('base64')), { message: /not PKCS#7/ })
  })

  it('is refused when it is huge', () => {
    assert.throws(() => readBundle('A'.repeat(2_000_000)), { message: /larger than any CA bundle/ })
  })

  it('is refused wherever it is cut off', () => {
    const der = Buffer.from(bundle, 'base64')
    for (let length = 0; length < der.length; length += 1) {
      assert.throws(() => readBundle(der.subarray(0, length)), EnrollmentError)
    }
  })

  it('never fails with anything but an EnrollmentError, whatever bytes are changed', () => {
    const der = Buffer.from(bundle, 'base64')
    const change = fc.tuple(fc.nat(der.length - 1), fc.nat(255))
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), changes => {
        const bytes = Buffer.from(der)
        for (const [at, value] of changes) bytes[at] = value
        onlyEnrollmentErrors(() => readBundle(bytes))
      }),
      { numRuns: 500 },
    )
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), bytes => onlyEnrollmentErrors(() => readBundle(bytes))))
    fc.assert(fc.property(fc.string(), text => onlyEnrollmentErrors(() => readBundle(text))))
  })

  it('is read in time that grows with its size alone, also when it nests or repeats without end', () => {
    const nested = Buffer.alloc(900_000, Buffer.from([0x30, 0x84, 0x00, 0x0d, 0xbb, 0x00]))
    const started = process.hrtime.bigint()
    onlyEnrollmentErrors(() => readBundle(nested))
    onlyEnrollmentErrors(() => splitPem('-----BEGIN CERTIFICATE-----\n'.repeat(40_000)))
    onlyEnrollmentErrors(() => splitPem('-----BEGIN CERTIFICATE----------END CERTIFICATE-----'.repeat(20_000)))
    assert.ok(process.hrtime.bigint() - started < 2_000_000_000n)
  })
})

describe('certificates in PEM', () => {
  before(makeBundle)

  it('are split into one text each, without what stands between them', () => {
    const [first, second] = pems
    assert.deepEqual(splitPem(`subject=x\r\n${first?.replaceAll('\n', '\r\n')}junk\n${second}# end`), pems)
    assert.deepEqual(splitPem('nothing here'), [])
  })

  it('are refused when the last one is cut off', () => {
    assert.throws(() => splitPem(pems.join('').slice(0, -30)), { message: /cut off/ })
  })

  it('have fingerprints in lower-case hex without colons', () => {
    const [pem = ''] = pems
    const certificate = new X509Certificate(pem)
    assert.equal(fingerprint(pem, 'sha1'), certificate.fingerprint.replaceAll(':', '').toLowerCase())
    assert.equal(fingerprint(pem, 'sha256'), certificate.fingerprint256.replaceAll(':', '').toLowerCase())
  })

  it('are described by names, fingerprint and validity', () => {
    const [pem = ''] = pems
    assert.deepEqual(describeCertificate(pem), {
      subject: 'CN=root',
      issuer: 'CN=root',
      sha256: fingerprint(pem, 'sha256'),
      notBefore: '2020-01-01T00:00:00.000Z',
      notAfter: '2099-01-01T00:00:00.000Z',
    })
  })

  it('are described on one line, whatever their makers put into the names', async () => {
    const subject = 'CN=a\u001b[2J\u202eb, O=two'
    const pem = (await makeCertificate(key, { subject })).toString('pem')
    const { subject: shown } = describeCertificate(pem)
    assert.doesNotMatch(shown, /[\p{Cc}\p{Cf}]/u)
    assert.match(shown, /, O=two$/)
  })

  it('are refused when they are none', () => {
    assert.throws(() => fingerprint('x', 'sha1'), EnrollmentError)
    assert.throws(() => describeCertificate('x'), EnrollmentError)
  })
})

// SignedData, version 1, no algorithms, no content, and neither certificates nor signers (RFC 5652, section 5.1).
const emptyBundle = Buffer.from(
  '3023' + '06092a864886f70d010702' + 'a016' + '3014' + '020101' + '3100' + '300b' + '06092a864886f70d010701' + '3100',
  'hex',
).toString('base64')
