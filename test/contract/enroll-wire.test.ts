import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import type { Context } from 'mocha'
import {
  createEnroller,
  describeCertificate,
  type EnrollerOptions,
  EnrollmentError,
  enrollWithToken,
  fingerprint,
  isPubliclyTrusted,
  type KeyType,
  keyFitsCertificate,
  LostAnswer,
  makeKey,
  parseIdentityFile,
  probeServer,
  readToken,
} from '../../src/enroll/index.js'
import { ControllerError } from '../../src/errors.js'
import { startProxy } from '../support/proxy.js'
import { requires } from '../support/requires.js'
import { newWorld, type World } from '../support/world.js'
import { call, certificatesOf, findServerKey, newIdentity, relayTo, signedAgain } from './enroll-wire-world.js'

const timeoutMs = 10_000
const options = { timeoutMs, now: () => Date.now() }

describe('enrolling against a real controller', () => {
  let world: World
  let url = ''
  let serverKey: KeyObject | undefined
  let keyPem = ''
  let serial = 0

  before(async () => {
    world = await newWorld()
    url = world.overlay.url
    serverKey = await findServerKey(world.overlay)
    keyPem = await makeKey('ec-p256')
  })
  after(() => world?.end())

  function identity() {
    serial += 1
    return newIdentity(world, `${world.word} ${serial}`)
  }

  function newKey(): KeyObject {
    return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  }

  // Cases that sign a token as the controller would need its key.
  function keyFor(context: Context): KeyObject {
    requires(context, serverKey !== undefined, 'the key of the controller is not in reach')
    assert.ok(serverKey !== undefined)
    return serverKey
  }

  async function failure(jwt: string, change: Partial<EnrollerOptions> & { keyPem?: string } = {}): Promise<Error> {
    try {
      await enrollWithToken({ ...options, jwt, keyPem, ...change })
    } catch (error) {
      assert.ok(error instanceof Error)
      assertKeepsSecrets(error, jwt)
      return error
    }
    assert.fail('it enrolled')
  }

  // Everything that a log, a --json error or a crash report could show of an error.
  function assertKeepsSecrets(error: Error, jwt: string): void {
    const shown = `${error.stack} ${JSON.stringify(error)} ${JSON.stringify(Object.getOwnPropertyDescriptors(error))} ${error.cause}`
    const token = jwt.split('.')[2] ?? ''
    const secrets = [readToken(jwt).tokenId, token, keyPem.split('\n')[1] ?? '', 'CERTIFICATE REQUEST']
    for (const secret of secrets) assert.equal(shown.includes(secret), false, 'a secret got into an error')
    assert.equal(error.cause, undefined)
  }

  for (const type of ['ec-p256', 'ec-p384', 'rsa-2048', 'rsa-4096'] as const satisfies KeyType[]) {
    it(`gets a certificate for a key of type ${type} that logs in with the identity file alone`, async () => {
      const { id, jwt } = await identity()
      const key = await makeKey(type)
      const { identityFile } = await enrollWithToken({ ...options, jwt, keyPem: key })
      const { controller: url, keyPem: kept, certPems, caPems } = parseIdentityFile(identityFile, { name: 'test' })
      const tls = { key: kept, cert: certPems.join(''), ca: caPems }
      const login = await call('POST', `${url}/edge/client/v1/authenticate?method=cert`, { tls, body: {} })
      assert.equal(login.status, 200)
      assert.equal(login.body.data.identityId ?? login.body.data.identity.id, id)
      assert.equal(kept, key)
    })
  }

  it("puts the identity's id into the certificate as its common name", async () => {
    const { id, jwt } = await identity()
    const { certPem } = await enrollWithToken({ ...options, jwt, keyPem })
    assert.equal(describeCertificate(certPem).subject, `CN=${id}`)
  })

  it('shakes hands for the look at the issuer alone: enrolments resume its session', async () => {
    const proxy = await startProxy(world.overlay)
    const enroller = createEnroller({ ...options, parallel: 4, ca: [proxy.ca] })
    try {
      const identities = await Promise.all(Array.from({ length: 4 }, identity))
      const keys = await Promise.all(identities.map(() => makeKey('ec-p256')))
      await Promise.all(identities.map(({ jwt }, at) => enroller.enroll(proxy.signed(jwt), keys[at] ?? '')))
      assert.ok(proxy.connections() > 2 && proxy.connections() <= 2 + 4)
      assert.equal(proxy.handshakes(), 2)
    } finally {
      enroller.close()
      await proxy.close()
    }
  })

  it('enrolls many identities with one look at the issuer', async () => {
    const identities = await Promise.all(Array.from({ length: 20 }, identity))
    const enroller = createEnroller({ ...options, parallel: 4 })
    try {
      const keys = await Promise.all(identities.map(() => makeKey('ec-p256')))
      const done = await Promise.all(identities.map(({ jwt }, at) => enroller.enroll(jwt, keys[at] ?? '')))
      assert.equal(new Set(done.map(({ certPem }) => fingerprint(certPem, 'sha1'))).size, 20)
      assert.equal(enroller.requests(), 22)
    } finally {
      enroller.close()
    }
  })

  it('looks at an issuer that is expected beforehand, once, and at the right one when it was another', async () => {
    for (const [expected, requests] of [
      [`${url}/any/path`, 3],
      ['https://localhost:1', 4],
      ['no url', 3],
    ] as const) {
      const enroller = createEnroller({ ...options, parallel: 1 })
      enroller.expect(expected)
      const { jwt } = await identity()
      await enroller.enroll(jwt, await makeKey('ec-p256'))
      assert.equal(enroller.requests(), requests, expected)
      enroller.close()
    }
  })

  it('gives up a look beforehand when it is closed', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as AddressInfo
    const enroller = createEnroller({ ...options, timeoutMs: 600_000, parallel: 1 })
    enroller.expect(`https://127.0.0.1:${port}`)
    const [socket] = await once(silent, 'connection')
    const gone = once(socket, 'close')
    socket.on('error', () => undefined).resume()
    enroller.close()
    await gone
    silent.close()
  })

  it('tells that a token was used before', async () => {
    const { jwt } = await identity()
    await enrollWithToken({ ...options, jwt, keyPem })
    const error = await failure(jwt)
    assert.ok(error instanceof ControllerError && !(error instanceof LostAnswer))
    assert.deepEqual(
      { status: error.detail.status, apiCode: error.detail.apiCode, retryable: error.detail.retryable },
      { status: 400, apiCode: 'INVALID_ENROLLMENT_TOKEN', retryable: false },
    )
    assert.match(error.message, /does not know this enrollment token/)
  })

  it('tells the same of a token whose enrollment was deleted', async () => {
    const { jwt, enrollment } = await identity()
    await world.admin.remove('/enrollments', enrollment)
    const error = await failure(jwt)
    assert.ok(error instanceof ControllerError)
    assert.equal(error.detail.apiCode, 'INVALID_ENROLLMENT_TOKEN')
  })

  it('refuses a token whose claims were changed, and leaves the good one usable', async () => {
    const { jwt } = await identity()
    const [header, , signature] = jwt.split('.')
    const [, claims] = signedAgain(jwt, newKey(), { sub: 'someone-else' }).split('.')
    const error = await failure(`${header}.${claims}.${signature}`)
    assert.ok(error instanceof EnrollmentError)
    assert.equal(error.fault, 'signature')
    await enrollWithToken({ ...options, jwt, keyPem })
  })

  it('refuses a token that another server signed', async () => {
    const { jwt } = await identity()
    const stranger = readToken(jwt).algorithm.startsWith('RS')
      ? generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
      : newKey()
    const error = await failure(signedAgain(jwt, stranger, {}))
    assert.ok(error instanceof EnrollmentError)
    assert.equal(error.fault, 'signature')
  })

  it('refuses an expired token without asking anyone', async () => {
    const { jwt } = await identity()
    const enroller = createEnroller({ timeoutMs, parallel: 1, now: () => readToken(jwt).expiresAtMs })
    await assert.rejects(enroller.enroll(jwt, keyPem), { name: 'EnrollmentError', fault: 'expired' })
    assert.equal(enroller.requests(), 0)
    enroller.close()
  })

  it('spends no token on a key that cannot sign', async () => {
    const { jwt } = await identity()
    const ed25519 = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    for (const bad of ['no key', ed25519]) {
      const error = await failure(jwt, { keyPem: bad })
      assert.ok(error instanceof EnrollmentError)
      assert.equal(error.fault, 'key')
    }
    await enrollWithToken({ ...options, jwt, keyPem })
  })

  it('says that nobody listens at the issuer', async function () {
    const serverKey = keyFor(this)
    const { jwt } = await identity()
    const error = await failure(signedAgain(jwt, serverKey, { iss: 'https://localhost:1' }))
    assert.ok(error instanceof ControllerError)
    assert.equal(error.detail.networkCode, 'ECONNREFUSED')
    assert.equal(error.detail.retryable, true)
    assert.match(error.message, /https:\/\/localhost:1\//)
  })

  describe('when the CA certificates are known already', () => {
    it('asks nothing over an unverified connection and enrolls', async () => {
      const { jwt } = await identity()
      const { bundle } = await probeServer(url, { timeoutMs })
      const { caPems } = await enrollWithToken({ ...options, jwt, keyPem, ca: bundle })
      assert.deepEqual(caPems, bundle)
    })

    it('refuses a controller that they do not verify, and spends no token', async () => {
      const { jwt } = await identity()
      const { makeCertificate } = await import('../unit/enroll-certificates.js')
      const stranger = (await makeCertificate(newKey(), { isCa: true })).toString('pem')
      const error = await failure(jwt, { ca: [stranger] })
      assert.ok(error instanceof ControllerError)
      assert.match(error.message, /not issued by any of the certificates/)
      await enrollWithToken({ ...options, jwt, keyPem })
    })
  })

  describe('when the connection is cut', () => {
    // The first two connections look at the issuer, the third enrolls.
    async function through(serverKey: KeyObject, cut: 'before-request' | 'before-answer', jwt: string) {
      const relay = await relayTo(Number(new URL(url).port), connection => (connection === 3 ? cut : 'none'))
      try {
        return await failure(signedAgain(jwt, serverKey, { iss: `https://localhost:${relay.port}` }))
      } finally {
        await relay.close()
      }
    }

    it('before the answer, it says that the token may be spent; the certificate on the controller fits the key', async function () {
      const serverKey = keyFor(this)
      const { id, jwt } = await identity()
      const error = await through(serverKey, 'before-answer', jwt)
      assert.ok(error instanceof LostAnswer, error.message)
      assert.equal(error.detail.networkCode, 'ECONNRESET')
      assert.equal(error.detail.retryable, false)
      const [certificate] = await certificatesOf(world, id)
      assert.ok(certificate !== undefined && keyFitsCertificate(keyPem, certificate))
    })

    it('before the request arrives, it says the same, for it cannot know; the token still works', async function () {
      const serverKey = keyFor(this)
      const { id, jwt } = await identity()
      assert.ok((await through(serverKey, 'before-request', jwt)) instanceof LostAnswer)
      assert.deepEqual(await certificatesOf(world, id), [])
      await enrollWithToken({ ...options, jwt, keyPem })
    })

    it('by a signal before anything was sent, it is no lost answer', async () => {
      const { jwt } = await identity()
      const error = await failure(jwt, { signal: AbortSignal.abort() })
      assert.ok(error instanceof ControllerError && !(error instanceof LostAnswer))
      assert.equal(error.detail.networkCode, 'ABORT_ERR')
    })
  })

  describe('a look at the controller', () => {
    it("gives the server's certificate and the CA that issued it", async () => {
      const { certificate, bundle } = await probeServer(url, { timeoutMs })
      const leaf = new X509Certificate(certificate)
      assert.ok(bundle.some(pem => leaf.checkIssued(new X509Certificate(pem))))
    })

    it('meets a token whose key id is the fingerprint of that certificate, where the token has one', async () => {
      const { jwt } = await identity()
      const { certificate } = await probeServer(url, { timeoutMs })
      const sha1 = fingerprint(new X509Certificate(certificate).toString(), 'sha1')
      assert.equal(readToken(jwt).keyId ?? sha1, sha1)
    })

    it('finds that its certificate is no public one', async () => {
      assert.equal(await isPubliclyTrusted(url, { timeoutMs }), false)
    })
  })
})
