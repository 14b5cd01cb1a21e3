import assert from 'node:assert/strict'
import { passwordAdmin } from '../support/admins.js'
import type { Person } from '../support/cli.js'
import { assertEnded, documentOf, profileStore, useWorld } from '../support/cli-world.js'
import { requires } from '../support/requires.js'
import { enter, hasTerminal, sitDown } from '../support/terminal.js'

describe('a login that needs a one-time code as well', () => {
  const world = useWorld()
  let admin: Awaited<ReturnType<typeof passwordAdmin>>

  before(async () => {
    admin = await passwordAdmin(world.overlay, { totp: true })
  })

  const login = (...more: string[]) => {
    const { url, caFile } = world.overlay
    return ['login', url, '--ca', caFile, '--username', admin.name, ...more]
  }
  // From 1.6 on there are both kinds of session.
  const kinds = () => (world.overlay.line === '0.28' ? [[]] : [[], ['--oidc']])
  const identityOf = async (person: Person) => documentOf(await person.run(['whoami', '--json'])).identity

  it('takes it from ZPROM_TOTP, for either kind of session', async () => {
    for (const kind of kinds()) {
      const person = await world.newcomer()
      await person.ok(login(...kind), { env: { ZPROM_PASSWORD: admin.password, ZPROM_TOTP: admin.code() } })
      assert.equal(await identityOf(person), admin.name)
    }
  })

  it('asks for it at a terminal', async function () {
    requires(this, hasTerminal(), 'needs the script program of util-linux')
    for (const kind of kinds()) {
      const person = await world.newcomer()
      const answers = [[/One-time code for https:/, `${admin.code()}${enter}`]] as const
      const { code, screen } = await sitDown(person, login(...kind), answers, { ZPROM_PASSWORD: admin.password })
      assert.equal(code, 0, screen)
      assert.equal(await identityOf(person), admin.name)
    }
  })

  it('is refused with 4 for a wrong code, or without one where nobody can be asked', async () => {
    const wrong = admin.code() === '000000' ? '000001' : '000000'
    for (const kind of kinds()) {
      const person = await world.newcomer()
      const env = { ZPROM_PASSWORD: admin.password }
      assertEnded(await person.run(login(...kind), { env }), 4, /needs a one-time code as well/, /set ZPROM_TOTP/)
      const ran = await person.run(login(...kind), { env: { ...env, ZPROM_TOTP: wrong } })
      assertEnded(ran, 4, /the one-time code was refused/, /check the clock/)
      await assert.rejects(person.read(profileStore), { code: 'ENOENT' })
    }
  })
})
