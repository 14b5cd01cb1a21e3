import assert from 'node:assert/strict'
import { constants, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import fc from 'fast-check'
import { EnrollmentError, isExpired, readToken, verifyToken } from '../../src/enroll/index.js'
import { certificateDer } from './enroll-certificates.js'

type Part = Record<string, unknown>

const claims = {
  em: 'ott',
  exp: 1_800_000_000,
  iss: 'https://localhost:1280',
  jti: 'secret-token-id',
  sub: 'identity1',
}

function encode(part: Part): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}

function unsignedToken(header: Part, payload: Part = claims): string {
  return `${encode(header)}.${encode(payload)}.c2lnbmF0dXJl`
}

function signedToken(alg: string, key: KeyObject, payload: Part = claims): string {
  const input = `${encode({ alg, typ: 'JWT' })}.${encode(payload)}`
  const options = alg.startsWith('PS')
    ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    : { key, dsaEncoding: 'ieee-p1363' as const }
  return `${input}.${sign(`sha${alg.slice(2)}`, Buffer.from(input), options).toString('base64url')}`
}

function refusal(run: () => unknown): EnrollmentError {
  try {
    run()
  } catch (error) {
    assert.ok(error instanceof EnrollmentError, String(error))
    return error
  }
  assert.fail('was accepted')
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' } as const

describe('reading an enrollment token', () => {
  it('takes the issuer, the identity, the token id and the expiry from it', () => {
    assert.deepEqual(readToken(unsignedToken({ alg: 'RS256', kid: 'ab12' })), {
      algorithm: 'RS256',
      keyId: 'ab12',
      issuer: 'https://localhost:1280',
      subject: 'identity1',
      tokenId: 'secret-token-id',
      expiresAtMs: 1_800_000_000_000,
    })
  })

  it('does without a key id, which controllers of 0.28 do not send', () => {
    assert.equal('keyId' in readToken(unsignedToken({ alg: 'ES256' })), false)
  })

  it('ignores blanks and newlines around the token, as files have them', () => {
    assert.equal(readToken(`\n ${unsignedToken({ alg: 'ES256' })}\r\n`).subject, 'identity1')
  })

  it('keeps the port 443 where the issuer spells it out', () => {
    const read = (iss: string) => readToken(unsignedToken({ alg: 'ES256' }, { ...claims, iss })).issuer
    assert.equal(read('https://ctrl.example.com:443'), 'https://ctrl.example.com:443')
    assert.equal(read('https://ctrl.example.com/'), 'https://ctrl.example.com')
    assert.equal(read('https://[::1]:1280'), 'https://[::1]:1280')
  })

  for (const alg of ['none', 'HS256', 'HS512', 'RS1', 'toString', '__proto__', '']) {
    it(`refuses the signature method "${alg}"`, () => {
      assert.equal(refusal(() => readToken(unsignedToken({ alg }))).fault, 'token')
    })
  }

  for (const em of ['ca', 'ottca', 'updb', '', 7]) {
    it(`refuses a token for the enrollment method ${JSON.stringify(em)}`, () => {
      assert.equal(refusal(() => readToken(unsignedToken({ alg: 'ES256' }, { ...claims, em }))).fault, 'token')
    })
  }

  for (const iss of [
    'http://localhost:1280',
    'localhost:1280',
    'https://u:p@h',
    'https://h/x',
    'https://h?x=1',
    'https://',
  ]) {
    it(`refuses the issuer ${iss}`, () => {
      assert.match(
        refusal(() => readToken(unsignedToken({ alg: 'ES256' }, { ...claims, iss }))).message,
        /https:\/\/host:port/,
      )
    })
  }

  for (const missing of ['exp', 'iss', 'jti', 'sub', 'em'] as const) {
    it(`refuses a token without "${missing}"`, () => {
      const { [missing]: _gone, ...rest } = claims
      assert.equal(refusal(() => readToken(unsignedToken({ alg: 'ES256' }, rest))).fault, 'token')
    })
  }

  it('never repeats any of the token in its refusals', () => {
    const spoiled = `${unsignedToken({ alg: 'none' })}.more`
    const { message, hint, stack, cause } = refusal(() => readToken(spoiled))
    const [shown] = `${message} ${hint} ${stack} ${String(cause)}`.split('node_modules')
    for (const part of [...spoiled.split('.').slice(0, 3), claims.jti]) assert.ok(!shown?.includes(part))
  })

  it('meets any text with an EnrollmentError', () => {
    const part = fc.oneof(
      fc.string(),
      fc.json().map(text => Buffer.from(text).toString('base64url')),
      fc.base64String(),
    )
    const text = fc.oneof(
      fc.string(),
      fc.array(part, { maxLength: 5 }).map(parts => parts.join('.')),
    )
    fc.assert(fc.property(text, jwt => void refusal(() => readToken(jwt))))
  })

  it('meets any header and claims with a token or an EnrollmentError', () => {
    const value = fc.jsonValue()
    const header = fc.record({ alg: fc.oneof(fc.constant('ES256'), value), kid: value }, { requiredKeys: [] })
    const near = Object.fromEntries(
      Object.entries(claims).map(([name, right]) => [name, fc.oneof(fc.constant(right), value)]),
    )
    fc.assert(
      fc.property(header, fc.record(near, { requiredKeys: [] }), (head, payload) => {
        try {
          assert.match(readToken(unsignedToken(head, payload)).issuer, /^https:/)
        } catch (error) {
          assert.ok(error instanceof EnrollmentError, String(error))
        }
      }),
    )
  })

  it('refuses megabytes without decoding them', () => {
    const long = 'A'.repeat(4_000_000)
    assert.equal(refusal(() => readToken(`${long}.${long}.${long}`)).fault, 'token')
  })
})

describe('the expiry of an enrollment token', () => {
  const token = readToken(unsignedToken({ alg: 'ES256' }))

  it('is over from its very second on', () => {
    assert.equal(isExpired(token, 1_800_000_000_000 - 1), false)
    assert.equal(isExpired(token, 1_800_000_000_000), true)
  })
})

describe('the signature of an enrollment token', () => {
  for (const [alg, namedCurve] of Object.entries(ec)) {
    it(`is verified for ${alg} with a ${namedCurve} certificate`, async () => {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve })
      assert.equal(verifyToken(signedToken(alg, privateKey), await certificateDer(privateKey)).subject, 'identity1')
    })
  }

  for (const alg of ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']) {
    it(`is verified for ${alg} with an RSA certificate`, async () => {
      assert.equal(verifyToken(signedToken(alg, rsa.privateKey), await certificateDer(rsa.privateKey)).algorithm, alg)
    })
  }

  it('fails when one claim was changed', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const [header, , signature] = signedToken('ES256', privateKey).split('.')
    const changed = `${header}.${encode({ ...claims, iss: 'https://evil.example.com:1280' })}.${signature}`
    const certificate = await certificateDer(privateKey)
    assert.equal(refusal(() => verifyToken(changed, certificate)).fault, 'signature')
  })

  it('fails for a method that is not one of the key, before any arithmetic', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' })
    const p384 = await certificateDer(privateKey)
    const rsaCertificate = await certificateDer(rsa.privateKey)
    for (const alg of ['ES256', 'RS256', 'PS256']) {
      assert.match(
        refusal(() => verifyToken(unsignedToken({ alg }), p384)).message,
        /not a method of that server's key/,
      )
    }
    assert.equal(refusal(() => verifyToken(unsignedToken({ alg: 'ES256' }), rsaCertificate)).fault, 'signature')
  })

  it('fails for any other signature bytes', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const certificate = await certificateDer(privateKey)
    const [header, payload] = signedToken('ES256', privateKey).split('.')
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 80 }), bytes => {
        const forged = `${header}.${payload}.${Buffer.from(bytes).toString('base64url')}`
        assert.equal(refusal(() => verifyToken(forged, certificate)).fault, 'signature')
      }),
    )
  })

  it('cannot be checked with bytes that are no certificate', () => {
    assert.equal(refusal(() => verifyToken(unsignedToken({ alg: 'ES256' }), Buffer.from('no'))).fault, 'certificate')
  })
})
