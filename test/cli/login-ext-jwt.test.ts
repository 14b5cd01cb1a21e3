import assert from 'node:assert/strict'
import { endSessionsOf, type Made, makeIdentity, makeTokenIssuer, type TokenIssuer } from '../support/admins.js'
import { assertEnded, documentOf, manyClusters, profileStore, useWorld } from '../support/cli-world.js'
import { startProxy } from '../support/proxy.js'

describe('a login by the token of another issuer', () => {
  const world = useWorld()
  let issuer: TokenIssuer
  let admin: Made
  const subject = 'ci@build.example'

  before(async () => {
    issuer = await makeTokenIssuer(world.overlay)
    admin = await makeIdentity(world.overlay, { externalId: subject })
  })

  const login = () => ['login', world.overlay.url, '--ca', world.overlay.caFile, '--ext-jwt', 'token']
  const envOf = (more: Record<string, string>) => ({
    env: { ZPROM_CONTROLLER: world.overlay.url, ZPROM_CA: world.overlay.caFile, ...more },
  })

  it('reads it from a file, remembers where, and works', async () => {
    const person = await world.newcomer()
    await person.write('token', `${issuer.token(subject)}\n`)
    assert.match(await person.ok(login()), new RegExp(`as ${admin.name}; profile "default"`))
    const { session: _session, ca: _ca, ...kept } = JSON.parse(await person.read(profileStore)).profiles.default
    assert.deepEqual(kept, { url: world.overlay.url, extJwtFile: `${person.folder}/token` })
    await person.write('zprom.yaml', manyClusters('jwt', 1))
    await person.ok(['apply', '--yes'])
  })

  it('takes it from the environment, as it is or as a file', async () => {
    const person = await world.newcomer()
    const token = issuer.token(subject)
    await person.write('token', token)
    for (const more of [{ ZPROM_EXT_JWT: token }, { ZPROM_EXT_JWT_FILE: 'token' }])
      assert.equal(documentOf(await person.run(['whoami', '--json'], envOf(more))).identity, admin.name)
  })

  it('goes to no other controller than the one that it is kept for', async () => {
    const person = await world.newcomer()
    await person.write('token', issuer.token(subject))
    await person.ok(login())
    const stranger = await startProxy(world.overlay)
    await person.write('stranger.pem', stranger.ca)
    const elsewhere = await person.run(['login', stranger.url, '--ca', 'stranger.pem'])
    await stranger.close()
    const kept = `the token that profile "default" logs in with, .*token, is kept for ${world.overlay.url}`
    assertEnded(elsewhere, 2, new RegExp(kept), /--ext-jwt .*token; to log in otherwise: --username NAME/)
    assert.equal(stranger.count('POST', '/authenticate'), 0)
    await person.ok(['login', world.overlay.url])
  })

  it('says so when the environment holds an empty one', async () => {
    const person = await world.newcomer()
    assertEnded(await person.run(['whoami'], envOf({ ZPROM_EXT_JWT: ' ' })), 2, /ZPROM_EXT_JWT is empty/)
  })

  it('reads the file again when the session has ended: whoever renews the token need not log in', async () => {
    const person = await world.newcomer()
    await person.write('token', issuer.token(subject))
    await person.ok(login())
    await endSessionsOf(world.overlay, admin.id)
    await person.write('token', issuer.token(subject, { exp: Math.floor(Date.now() / 1000) - 5 }))
    assertEnded(await person.run(['whoami']), 4, /token was refused: it expired at 20\d\d-/, /get a new one/)
    await person.write('token', issuer.token(subject))
    await person.ok(['whoami'])
  })

  it('says what is wrong with a token that is refused, shows nothing of it, and stores nothing', async () => {
    const person = await world.newcomer()
    const isTold = world.overlay.line === '2.x'
    for (const [claims, what, hint] of [
      [{ exp: 1_700_000_000 }, /it expired at 2023-11-14T22:13:20/, /get a new one from its issuer/],
      [{ nbf: 4_000_000_000 }, /it is not valid before 2096-/, /check the clocks/],
      [
        { iss: 'https://other.example' },
        isTold ? /no enabled signer for its issuer, https:\/\/other\.example/ : /issuer https:\/\/other\.example, /,
        isTold ? new RegExp(`it takes tokens of: .*${issuer.issuer}`) : /an enabled external JWT signer/,
      ],
      [{ aud: 'somebody-else' }, /audience somebody-else/, /must have this issuer, this audience and the key/],
      [{ sub: 'nobody' }, /subject nobody/, /as its externalId/],
    ] as const) {
      await person.write('token', issuer.token(subject, claims))
      assertEnded(await person.run(login()), 4, /the token of .*token was refused: /, what, hint)
    }
    await person.write('token', 'no-token')
    assertEnded(await person.run(login()), 4, /it is no JWT/)
    await person.write('token', '')
    assertEnded(await person.run(login()), 2, /token is empty/)
    assertEnded(await person.run([...login(), '--username', 'admin']), 2)
    await assert.rejects(person.read(profileStore), { code: 'ENOENT' })
  })

  it('is refused for a token of another key', async () => {
    const person = await world.newcomer()
    const [head, claims, signature = ''] = issuer.token(subject).split('.')
    const other = signature.startsWith('A') ? `B${signature.slice(1)}` : `A${signature.slice(1)}`
    await person.write('token', [head, claims, other].join('.'))
    assertEnded(await person.run(login()), 4, /was refused: /, /the key that signed it/)
  })
})
