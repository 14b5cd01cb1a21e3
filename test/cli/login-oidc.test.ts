import assert from 'node:assert/strict'
import { enrolledAdmin, makeIdentity, makeTokenIssuer, revokeBearer } from '../support/admins.js'
import type { Person } from '../support/cli.js'
import { assertEnded, documentOf, manyClusters, profileStore, useWorld } from '../support/cli-world.js'
import { requires } from '../support/requires.js'

describe('a login by OIDC', () => {
  const world = useWorld()
  const profileOf = async (person: Person) => JSON.parse(await person.read(profileStore)).profiles.default
  const login = (...more: string[]) => ['login', world.overlay.url, '--ca', world.overlay.caFile, '--oidc', ...more]
  const asAdmin = () => login('--username', 'admin', '--password-file', world.overlay.passwordFile)
  const whoami = async (person: Person) => documentOf(await person.run(['whoami', '--json']))
  const asksOidc = (line: string) => line !== '0.28'

  it('is answered with 5 by a controller that does not offer it', async function () {
    requires(this, !asksOidc(world.overlay.line), 'this controller offers OIDC')
    const person = await world.newcomer()
    assertEnded(await person.run(asAdmin()), 5, /does not offer OIDC/, /without --oidc/)
  })

  it('is not what a variable asks for that says no', async () => {
    const worker = await world.worker()
    for (const no of ['0', 'false', 'No', 'OFF', '']) {
      const { session } = documentOf(await worker.run(['whoami', '--json'], { env: { ZPROM_OIDC: no } }))
      assert.equal(session, 'zt-session', no)
    }
  })

  it('is given up by --no-oidc, for this time and for those that follow', async () => {
    const person = await world.newcomer()
    const { password, url, caFile } = world.overlay
    const asBefore = ['login', url, '--ca', caFile, '--username', 'admin']
    const env = { ZPROM_PASSWORD: password }
    await person.ok(asBefore, { env })
    const store = JSON.parse(await person.read(profileStore))
    store.profiles.default.oidc = true
    await person.write(profileStore, JSON.stringify(store))
    await person.ok([...asBefore, '--no-oidc'], { env: { ...env, ZPROM_OIDC: '1' } })
    const { oidc, session } = await profileOf(person)
    assert.deepEqual([oidc, session.kind], [undefined, undefined])
  })

  describe('where the controller offers it', () => {
    before(function () {
      requires(this, asksOidc(world.overlay.line), 'needs OpenZiti 1.6 or later (ZPROM_ZITI)')
    })

    it('by password works, is kept, and is what the profile does from then on', async () => {
      const person = await world.newcomer()
      await person.ok(asAdmin())
      const { session, oidc } = await profileOf(person)
      assert.deepEqual([session.kind, oidc], ['bearer', true])
      const { method, session: kind } = await whoami(person)
      assert.deepEqual([method, kind], ['password', 'bearer'])
      await person.write('zprom.yaml', manyClusters('oidc', 1))
      await person.ok(['apply', '--yes'])
      assertEnded(await person.run(['plan', '--exit-code']), 0)
    })

    it('by password is refused with 4 for a wrong one, whatever page the controller answers', async () => {
      const person = await world.newcomer()
      const ran = await person.run(login('--username', 'admin'), { env: { ZPROM_PASSWORD: 'not-the-password' } })
      assertEnded(ran, 4, /the login of "admin" was refused/, /check user name and password/)
    })

    it('by certificate works, with tokens that are bound to it', async () => {
      const { name, identityFile } = await enrolledAdmin(world.overlay)
      const person = await world.newcomer()
      await person.write('admin.json', identityFile)
      await person.ok(['login', '--identity', 'admin.json', '--oidc'])
      const { identity, session } = await whoami(person)
      assert.deepEqual([identity, session], [name, 'bearer'])
    })

    it('by the token of another issuer works', async () => {
      const issuer = await makeTokenIssuer(world.overlay)
      const { name } = await makeIdentity(world.overlay, { externalId: 'oidc@build.example' })
      const person = await world.newcomer()
      await person.write('token', issuer.token('oidc@build.example'))
      await person.ok(login('--ext-jwt', 'token'))
      const { identity, session } = await whoami(person)
      assert.deepEqual([identity, session], [name, 'bearer'])
    })

    it('needs no login command where the environment says so', async () => {
      const worker = await world.worker()
      const { session } = documentOf(await worker.run(['whoami', '--json'], { env: { ZPROM_OIDC: '1' } }))
      assert.equal(session, 'bearer')
    })

    it('renews its token when its time is over, without the password', async () => {
      const person = await world.newcomer()
      await person.ok(login('--username', 'admin'), { env: { ZPROM_PASSWORD: world.overlay.password } })
      const { session } = await profileOf(person)
      const store = JSON.parse(await person.read(profileStore))
      store.profiles.default.session.expiresAt = Date.now() - 1
      await person.write(profileStore, JSON.stringify(store))
      await person.ok(['whoami'])
      const { session: fresh } = await profileOf(person)
      assert.notEqual(fresh.token, session.token)
      assert.ok(fresh.expiresAt > Date.now() + 60_000)
    })

    it('logs in again when an administrator revoked its token, and says what to do where it cannot', async function () {
      requires(this, world.overlay.line === '2.x', 'controllers revoke tokens from 2.x on (ZPROM_ZITI)')
      const person = await world.newcomer()
      await person.ok(asAdmin())
      const { session } = await profileOf(person)
      await revokeBearer(world.overlay, session.token)
      await person.ok(['whoami'])
      assert.notEqual((await profileOf(person)).session.token, session.token)
      await person.ok(login('--username', 'admin', '--profile', 'typed'), {
        env: { ZPROM_PASSWORD: world.overlay.password },
      })
      const { typed } = JSON.parse(await person.read(profileStore)).profiles
      await revokeBearer(world.overlay, typed.session.token)
      assertEnded(await person.run(['whoami', '--profile', 'typed']), 4, /the session has ended/, /zprom login https:/)
    })

    it('revokes the token at a logout', async function () {
      requires(this, world.overlay.line === '2.x', 'controllers revoke tokens from 2.x on (ZPROM_ZITI)')
      const person = await world.newcomer()
      await person.ok(asAdmin())
      const before = await person.read(profileStore)
      await person.ok(['logout'])
      const copy = JSON.parse(before)
      delete copy.profiles.default.passwordFile
      await person.write(profileStore, JSON.stringify(copy))
      assertEnded(await person.run(['whoami']), 4, /the session has ended/)
    })

    it('revokes at a logout also what a token that is over could still be renewed with', async function () {
      requires(this, world.overlay.line === '2.x', 'controllers revoke tokens from 2.x on (ZPROM_ZITI)')
      const person = await world.newcomer()
      await person.ok(login('--username', 'admin'), { env: { ZPROM_PASSWORD: world.overlay.password } })
      const store = JSON.parse(await person.read(profileStore))
      store.profiles.default.session.expiresAt = Date.now() - 1
      const copy = JSON.stringify(store)
      await person.write(profileStore, copy)
      assert.equal(documentOf(await person.run(['logout', '--json'])).ended, true)
      await person.write(profileStore, copy)
      assertEnded(await person.run(['whoami']), 4, /the session has ended/)
    })
  })
})
