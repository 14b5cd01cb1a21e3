import assert from 'node:assert/strict'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import fc from 'fast-check'
import { formatIdentityFile, makeKey, parseIdentityFile } from '../../src/enroll/index.js'
import { FileError } from '../../src/errors.js'
import { makeCertificate } from './enroll-certificates.js'

let keyPem = ''
let certPem = ''
let caPem = ''

async function makeParts(): Promise<void> {
  keyPem = await makeKey('ec-p256')
  const key = createPrivateKey(keyPem)
  const pem = async (subject: string) =>
    new X509Certificate((await makeCertificate(key, { subject })).toString('pem')).toString()
  certPem = await pem('CN=identity1')
  caPem = await pem('CN=ca')
}

function text(): string {
  return formatIdentityFile({ issuer: 'https://localhost:1280', keyPem, certPem, caPems: [caPem, certPem] })
}

function fileWith(id: object, rest: object = { ztAPI: 'https://localhost:1280/edge/client/v1' }): string {
  return JSON.stringify({ ...rest, id: { key: `pem:${keyPem}`, cert: `pem:${certPem}`, ca: `pem:${caPem}`, ...id } })
}

const options = { name: 'web.json' }

describe('writing an identity file', () => {
  before(makeParts)

  it('gives the bytes of `ziti edge enroll`: members in its order, one line, a newline', () => {
    const escaped = (pem: string) => pem.replaceAll('\n', '\\n')
    assert.equal(
      text(),
      `{"ztAPI":"https://localhost:1280/edge/client/v1","configTypes":null,"id":{"key":"pem:${escaped(keyPem)}",` +
        `"cert":"pem:${escaped(certPem)}","ca":"pem:${escaped(caPem + certPem)}"}}\n`,
    )
  })
})

describe('reading an identity file', () => {
  before(makeParts)

  it('gives back what was written', () => {
    const expected = {
      controller: 'https://localhost:1280',
      others: [],
      keyPem,
      certPems: [certPem],
      caPems: [caPem, certPem],
    }
    assert.deepEqual(parseIdentityFile(text(), options), expected)
  })

  it('takes files of newer releases, with and without a list of controllers', () => {
    const newer = { ztAPI: 'https://a:1/edge/client/v1', ztAPIs: null, configTypes: null, enableHa: false }
    assert.equal(parseIdentityFile(fileWith({}, newer), options).controller, 'https://a:1')
    const list = { ztAPI: 'https://a:1', ztAPIs: ['https://b:2/edge/client/v1', 'https://c:3'] }
    const { controller, others } = parseIdentityFile(fileWith({}, list), options)
    assert.deepEqual([controller, others], ['https://b:2', ['https://c:3']])
    const odd = { ztAPIs: ['http://b:2', 'https://c:3', 'https://c:3/edge/client/v1'] }
    assert.equal(parseIdentityFile(fileWith({}, odd), options).controller, 'https://c:3')
    const none = { ztAPI: 'https://a:1', ztAPIs: ['http://b:2'] }
    assert.throws(() => parseIdentityFile(fileWith({}, none), options), /names no controller/)
  })

  it('takes PEM without the prefix, several blocks, and text between them', () => {
    const key = `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\nnotes\n${keyPem}`
    const read = parseIdentityFile(
      fileWith({ key, cert: certPem, ca: `pem:# root\n${caPem}between\n${certPem}` }),
      options,
    )
    assert.equal(read.keyPem, keyPem)
    assert.deepEqual(read.caPems, [caPem, certPem])
  })

  it('takes a PKCS#8 key, as other tools write it', () => {
    const pkcs8 = createPrivateKey(keyPem).export({ type: 'pkcs8', format: 'pem' }).toString()
    assert.equal(parseIdentityFile(fileWith({ key: `pem:${pkcs8}` }), options).keyPem, pkcs8)
  })

  it('does without a CA bundle', () => {
    assert.deepEqual(parseIdentityFile(fileWith({ ca: undefined }), options).caPems, [])
  })

  it('follows references to files with the reader that it is given', () => {
    const files = new Map([
      ['/etc/key.pem', keyPem],
      ['cert.pem', certPem],
    ])
    const read = (path: string) => files.get(path) ?? assert.fail(path)
    const given = parseIdentityFile(fileWith({ key: 'file:///etc/key.pem', cert: 'cert.pem' }), { ...options, read })
    assert.deepEqual([given.keyPem, given.certPems], [keyPem, [certPem]])
  })

  it('says which member refers to a file that it cannot read', () => {
    assert.throws(() => parseIdentityFile(fileWith({ key: 'file:///etc/key.pem' }), options), {
      name: 'FileError',
      message: 'web.json: "id.key" refers to another file, which cannot be read here.',
    })
  })

  it('says that a key in a key store is out of its reach', () => {
    assert.throws(() => parseIdentityFile(fileWith({ key: 'pkcs11:/lib/softhsm2.so?id=1' }), options), {
      message: /key store/,
    })
  })

  it('refuses a key of another identity', async () => {
    const other = await makeKey('ec-p256')
    assert.throws(() => parseIdentityFile(fileWith({ key: `pem:${other}` }), options), {
      message: /of another identity/,
    })
  })

  for (const [what, id, rest] of [
    ['no controller', {}, {}],
    ['a controller without TLS', {}, { ztAPI: 'http://localhost:1280' }],
    ['no key', { key: '' }, undefined],
    ['a key that is a number', { key: 7 }, undefined],
    ['no certificate', { cert: 'pem:' }, undefined],
    ['a damaged certificate', { cert: 'pem:-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' }, undefined],
    ['a damaged CA bundle', { ca: 'pem:-----BEGIN CERTIFICATE-----' }, undefined],
  ] as const) {
    it(`refuses a file with ${what}`, () => {
      assert.throws(() => parseIdentityFile(fileWith(id, rest), options), FileError)
    })
  }

  it('never repeats any of the file in its refusals', () => {
    const lines = keyPem.split('\n').slice(1, -2)
    for (const spoiled of [
      text().slice(0, -3),
      `${text()}x`,
      fileWith({ cert: `pem:${keyPem}` }),
      fileWith({ key: keyPem.slice(5) }),
    ]) {
      assert.throws(
        () => parseIdentityFile(spoiled, options),
        (error: unknown) => {
          assert.ok(error instanceof FileError)
          for (const line of lines) assert.ok(!`${error.stack}${error.hint}${error.cause}`.includes(line))
          return true
        },
      )
    }
  })

  it('meets any text and any JSON with a FileError', () => {
    const refuse = (file: string) => assert.throws(() => parseIdentityFile(file, options), FileError)
    fc.assert(fc.property(fc.string(), refuse))
    fc.assert(fc.property(fc.json(), refuse))
    const value = fc.oneof(fc.jsonValue(), fc.constant('pem:-----BEGIN EC PRIVATE KEY-----'))
    const id = fc.oneof(fc.record({ key: value, cert: value, ca: value }, { requiredKeys: [] }), value)
    const file = fc.record({ ztAPI: fc.oneof(value, fc.webUrl()), ztAPIs: value, id }, { requiredKeys: [] })
    fc.assert(fc.property(file, object => refuse(JSON.stringify(object))))
  })

  it('meets any cut of a good file with a FileError', () => {
    const whole = text()
    fc.assert(
      fc.property(fc.nat(whole.length - 3), length => {
        assert.throws(() => parseIdentityFile(whole.slice(0, length), options), FileError)
      }),
    )
  })
})
