import assert from 'node:assert/strict'
import { decodeZitiLogins } from '../../src/cli/ziti-login-shape.js'
import { FileError } from '../../src/errors.js'

// As written by `ziti edge login --read-only` of 1.6.20 and 2.0.3; tokens shortened.
const jwt = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`
const common = { username: 'admin', loginTime: '2026-11-24T22:05:21Z', caCert: '/home/a/.config/ziti/certs/localhost' }
const url = 'https://localhost:1280/edge/management/v1'
const of1x = { ...common, url, token: 'd611efc1-1480', readOnly: true }
const apiSession = { type: 'oidc', oidcAccessToken: jwt({ exp: 1_795_559_732 }), oidcRefreshToken: jwt({ exp: 1 }) }
const of2x = { ...common, url, token: '', readOnly: false, networkId: '', apiSession }
const read = (edgeIdentities: unknown, more = {}) =>
  decodeZitiLogins(JSON.stringify({ edgeIdentities, default: 'default', layout: 0, ...more }), 'ziti-cli.json')

describe('the cache of ziti edge login', () => {
  it('of 1.x holds a zt-session, with the mark that it is read-only', () => {
    const { logins, current } = read({ default: of1x })
    assert.equal(current, 'default')
    assert.deepEqual(logins, [
      {
        name: 'default',
        url: 'https://localhost:1280',
        session: { token: 'd611efc1-1480', expiresAt: Number.MAX_SAFE_INTEGER },
        caFile: '/home/a/.config/ziti/certs/localhost',
        readOnly: true,
        isOverlay: false,
      },
    ])
  })

  it('of 2.x holds a bearer token that says when it ends, or a zt-session', () => {
    const legacy = { type: 'legacy', ztSessionToken: 'zt' }
    const { logins, current } = read({ a: of2x, b: { ...of2x, apiSession: legacy } }, { default: 'b' })
    const [bearer, zt] = logins.map(({ session }) => session)
    assert.equal(current, 'b')
    assert.deepEqual(bearer, {
      token: apiSession.oidcAccessToken,
      kind: 'bearer',
      expiresAt: 1_795_559_732_000,
      refreshToken: apiSession.oidcRefreshToken,
    })
    assert.equal(zt?.token, 'zt')
    assert.equal(logins[0]?.readOnly, false)
  })

  it('may hold logins that are of no use here: over an overlay, without a session, by no https', () => {
    const overlay = { ...of2x, networkId: '/id.json' }
    const { logins } = read({
      overlay,
      at: { ...of1x, url: 'https://t@ctrl/x' },
      out: { ...of1x, token: '' },
      no: { url: 'x' },
    })
    assert.deepEqual(
      logins.map(({ isOverlay }) => isOverlay),
      [true, true, false, false],
    )
    assert.deepEqual([logins[2]?.session, logins[3]?.url], [undefined, undefined])
  })

  it('is empty, or refused without showing what is in it', () => {
    assert.deepEqual(read({}).logins, [])
    assert.deepEqual(read(null).logins, [])
    for (const text of ['no JSON of secret', '[]', '{"edgeIdentities":["secret"]}', '{"edgeIdentities":"secret"}'])
      assert.throws(
        () => decodeZitiLogins(text, 'ziti-cli.json'),
        (error: unknown) => error instanceof FileError && !/secret/.test(error.message),
      )
  })
})
