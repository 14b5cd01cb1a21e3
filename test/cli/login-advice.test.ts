import assert from 'node:assert/strict'
import { enrolledAdmin } from '../support/admins.js'
import { openTunnel } from '../support/cli-tunnel.js'
import { assertEnded, documentOf, profileStore, useWorld } from '../support/cli-world.js'

describe('what to do about a login', () => {
  const world = useWorld()
  const nothing = 'stack: nothing\n'

  it('is said with the profile that it is of, once its session has ended', async () => {
    const person = await world.member('--profile', 'work')
    await person.write('zprom.yaml', nothing)
    await person.ok(['logout'])
    assertEnded(
      await person.run(['plan', '--profile', 'work']),
      4,
      /log in with: zprom login https:\/\/localhost:\d+ --profile work \(in scripts: ZPROM_USERNAME and ZPROM_PASSWORD/,
    )
    const other = await world.member()
    await other.write('zprom.yaml', nothing)
    await other.ok(['logout'])
    assertEnded(await other.run(['plan']), 4, /log in with: zprom login https:\/\/localhost:\d+ \(in scripts/)
  })

  it('is not to give a password where a certificate was the login', async () => {
    const person = await world.newcomer()
    await person.write('admin.json', (await enrolledAdmin(world.overlay)).identityFile)
    await person.ok(['login', '--identity', 'admin.json', '--profile', 'cert'])
    await person.write('zprom.yaml', nothing)
    await person.ok(['logout'])
    const { stderr } = await person.run(['plan'])
    assert.match(stderr, /--profile cert with --identity, .*ZPROM_IDENTITY_FILE/)
    assert.doesNotMatch(stderr, /ZPROM_PASSWORD/)
  })

  it('is said with the profile, too, where the login is marked read-only', async () => {
    const person = await world.member('--profile', 'ro', '--read-only')
    await person.write('zprom.yaml', 'stack: ro\ndevelopers: [{name: ro.dev}]\n')
    assertEnded(
      await person.run(['apply', '--yes']),
      4,
      /log in again without --read-only: zprom login https:\S+ --profile ro$/m,
    )
  })

  it('is nothing where the environment logs in beside a profile that is marked read-only', async () => {
    const person = await world.member('--read-only')
    await person.write('zprom.yaml', 'stack: both\ndevelopers: [{name: both.dev}]\n')
    const { url, username, passwordFile } = world.overlay
    const env = { ZPROM_CONTROLLER: url, ZPROM_USERNAME: username, ZPROM_PASSWORD_FILE: passwordFile }
    assert.equal(documentOf(await person.run(['whoami', '--json'], { env })).readOnly, false)
    assert.match(await person.ok(['apply', '--yes'], { env }), /1 created/)
    // A user name alone only says which login is meant: the profile's, with its mark.
    const named = { ZPROM_CONTROLLER: url, ZPROM_USERNAME: username }
    assert.equal(documentOf(await person.run(['whoami', '--json'], { env: named })).readOnly, true)
  })

  it('is a warning when it takes the name of another controller', async () => {
    const { url, username, password, passwordFile, caFile } = world.overlay
    const person = await world.newcomer()
    const tunnel = await openTunnel(url)
    const login = (at: string, ...more: string[]) =>
      person.run(['login', at, '--username', username, '--profile', 'work', ...more], {
        env: { ZPROM_PASSWORD: password, ZPROM_CA: caFile },
      })
    assert.equal((await login(tunnel.url)).stderr, '')
    await tunnel.close()
    assertEnded(await login(url), 0, new RegExp(`^warning: profile "work" was of ${tunnel.url} until now$`, 'm'))
    assert.equal((await login(url, '--password-file', passwordFile)).stderr, '')
    assert.equal(JSON.parse(await person.read(profileStore)).profiles.work.url, url)
  })

  it("is a warning when it is not an administrator's", async () => {
    const person = await world.newcomer()
    const guest = await enrolledAdmin(world.overlay, { isAdmin: false })
    await person.write('guest.json', guest.identityFile)
    const ran = await person.run(['login', '--identity', 'guest.json'])
    assertEnded(ran, 0, /^warning: login-\w+ is no administrator/m)
    assert.match(ran.stdout, /as login-\w+ \(no administrator\); profile "default"/)
    const { isAdmin, warnings } = documentOf(await person.run(['login', '--identity', 'guest.json', '--json']))
    assert.equal(isAdmin, false)
    assert.match(String(warnings), /^login-\w+ is no administrator, which nearly all that zprom does takes$/)
  })
})
