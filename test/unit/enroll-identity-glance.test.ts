import assert from 'node:assert/strict'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import fc from 'fast-check'
import {
  fingerprint,
  formatIdentityFile,
  glanceAtIdentity,
  type KeyType,
  keyTypes,
  makeKey,
  parseIdentityFile,
} from '../../src/enroll/index.js'
import { FileError } from '../../src/errors.js'
import { makeCertificate } from './enroll-certificates.js'

describe('a glance at an identity file', () => {
  const made = async (type: KeyType = 'ec-p256') => {
    const keyPem = await makeKey(type)
    const pem = async (subject: string) =>
      new X509Certificate((await makeCertificate(createPrivateKey(keyPem), { subject })).toString('pem')).toString()
    return { issuer: 'https://localhost:1280', keyPem, certPem: await pem('CN=web'), caPems: [await pem('CN=ca')] }
  }
  let parts: Awaited<ReturnType<typeof made>>
  before(async () => {
    parts = await made()
  })

  it('gives the fingerprint of what zprom writes, with and without the certificates above its own', () => {
    const { certPem, caPems } = parts
    const expected = fingerprint(certPem, 'sha1')
    assert.equal(glanceAtIdentity(formatIdentityFile(parts)), expected)
    assert.equal(glanceAtIdentity(formatIdentityFile({ ...parts, certPem: certPem + caPems.join('') })), expected)
  })

  it('leaves other keys, other forms and other files to a closer look', async () => {
    for (const type of keyTypes.filter(one => one !== 'ec-p256'))
      assert.equal(glanceAtIdentity(formatIdentityFile(await made(type))), undefined, type)
    const pkcs8 = createPrivateKey(parts.keyPem).export({ type: 'pkcs8', format: 'pem' }).toString()
    for (const text of [
      formatIdentityFile({ ...parts, keyPem: pkcs8 }),
      formatIdentityFile({ ...parts, issuer: 'http://localhost:1280' }),
      formatIdentityFile({ ...parts, certPem: `text\n${parts.certPem}` }),
      formatIdentityFile({ ...parts, caPems: [parts.caPems.join('').replace('MI', 'AA')] }),
      '',
      '[]',
      'null',
      '{"id":{}}',
    ])
      assert.equal(glanceAtIdentity(text), undefined, text.slice(0, 40))
  })

  it('never takes a key for one that it is not of', async () => {
    const { keyPem } = await made()
    assert.equal(glanceAtIdentity(formatIdentityFile({ ...parts, keyPem })), undefined)
  })

  it('says of no damaged file what a parsed one would not bear out', () => {
    const whole = formatIdentityFile(parts)
    const expected = fingerprint(parts.certPem, 'sha1')
    const [from, to] = [whole.indexOf('"key"'), whole.indexOf('-----END EC') - 100]
    const parsed = (text: string) => {
      try {
        return fingerprint(parseIdentityFile(text, { name: 'x' }).certPems[0] ?? '', 'sha1')
      } catch (error) {
        assert.ok(error instanceof FileError)
        return undefined
      }
    }
    const damaged = (at: number, by: string) => whole.slice(0, at) + by + whole.slice(at + 1)
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.constantFrom('A', 'b', '9', '/', '"', '\\', ' '), (at, by) => {
        const text = damaged(at, by)
        // In the secret number itself nothing can be seen, by either.
        if (at > from && at < to) return
        if (glanceAtIdentity(text) === expected) assert.equal(parsed(text), expected)
      }),
      { numRuns: 2000 },
    )
  })
})
