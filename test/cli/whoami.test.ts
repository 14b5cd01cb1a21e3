import assert from 'node:assert/strict'
import { assertEnded, documentOf, useWorld } from '../support/cli-world.js'

describe('zprom whoami', () => {
  const world = useWorld()

  it('says who is logged in where, and how that was chosen', async () => {
    const member = await world.member()
    // ziti quickstart of 2.x gives the administrator the name that it logs in by.
    const admin = world.overlay.line === '2.x' ? world.overlay.username : 'Default Admin'
    assert.match(
      await member.ok(['whoami']),
      new RegExp(
        `^${admin} \\(an administrator\\) at https://localhost:\\d+, OpenZiti \\S+, by profile "default" \\(zt-session\\)$`,
        'm',
      ),
    )
    const worker = await world.worker()
    const { url, identity, isAdmin, profile, method, session } = documentOf(await worker.run(['whoami', '--json']))
    assert.deepEqual([url, identity, isAdmin, profile], [world.overlay.url, admin, true, null])
    assert.deepEqual([method, session], ['password', 'zt-session'])
  })

  it('says that a login is read-only', async () => {
    const member = await world.member('--read-only')
    assert.match(await member.ok(['whoami']), /\(an administrator, read-only here\)/)
  })

  it('ends with 2 when nothing says which controller, and with 4 when the login is refused', async () => {
    assertEnded(await (await world.newcomer()).run(['whoami']), 2, /zprom login/)
    const worker = await world.worker()
    assertEnded(await worker.run(['whoami'], { env: { ZPROM_PASSWORD_FILE: '', ZPROM_PASSWORD: 'wrong' } }), 4, /./)
  })
})
