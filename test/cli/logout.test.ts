import assert from 'node:assert/strict'
import { openTunnel } from '../support/cli-tunnel.js'
import { assertEnded, documentOf, profileStore, useWorld } from '../support/cli-world.js'

describe('zprom logout', () => {
  const world = useWorld()

  it('ends the session at the controller too, so that a copy of it is worth nothing', async () => {
    const person = await world.member()
    await person.write('zprom.yaml', 'stack: nothing\n')
    await person.ok(['plan'])
    const copy = await person.read(profileStore)
    assert.equal(await person.ok(['logout']), 'Logged out; profile "default" keeps its pinned CA.\n')
    await person.write(profileStore, copy)
    assertEnded(await person.run(['plan']), 4, /not logged in, or the session has ended/, /zprom login https:/)
  })

  it('leaves nothing behind that logs in again by itself', async () => {
    const person = await world.member('--password-file', world.overlay.passwordFile)
    await person.write('zprom.yaml', 'stack: nothing\n')
    await person.ok(['logout'])
    const { session, passwordFile, ca } = JSON.parse(await person.read(profileStore)).profiles.default
    assert.deepEqual(
      { session, passwordFile, ca },
      { session: undefined, passwordFile: undefined, ca: world.overlay.ca },
    )
    assertEnded(await person.run(['plan']), 4, /not logged in/)
  })

  it('removes the profile with --forget', async () => {
    const person = await world.member('--profile', 'work')
    assert.match(await person.ok(['logout', '--forget']), /Logged out; profile "work" is removed\./)
    assert.deepEqual(JSON.parse(await person.read(profileStore)), { profiles: {} })
    await person.write('zprom.yaml', 'stack: nothing\n')
    assertEnded(await person.run(['plan']), 2, /no controller selected/, /zprom login URL/)
  })

  it('is fine a second time, and says that there was no session', async () => {
    const person = await world.member()
    await person.ok(['logout'])
    const ran = await person.run(['logout', '--json'])
    assert.deepEqual(documentOf(ran), { profile: 'default', ended: false })
  })

  it('takes the session from this machine even when the controller is gone', async () => {
    const tunnel = await openTunnel(world.overlay.url)
    const person = await world.newcomer()
    const { caFile, password } = world.overlay
    await person.ok(['login', tunnel.url, '--username', 'admin', '--ca', caFile], { env: { ZPROM_PASSWORD: password } })
    await tunnel.close()
    await person.ok(['logout'])
    assert.equal(JSON.parse(await person.read(profileStore)).profiles.default.session, undefined)
  })

  it('refuses a profile that does not exist', async () => {
    const person = await world.newcomer()
    assertEnded(await person.run(['logout']), 2, /no profile is in use/)
    assertEnded(await person.run(['logout', '--profile', 'work']), 2, /no profile named "work"/)
  })
})
