import assert from 'node:assert/strict'
import { profileStore, useWorld } from '../support/cli-world.js'
import { requires } from '../support/requires.js'
import { enter, hasTerminal, interrupt, sitDown } from '../support/terminal.js'

describe('zprom login at a terminal', () => {
  const world = useWorld()

  before(function () {
    requires(this, hasTerminal(), 'needs script of util-linux')
  })

  it('asks for URL, user name and password, shows the CA to accept, and never shows the password', async () => {
    const { url, password } = world.overlay
    const person = await world.newcomer()
    const { code, screen } = await sitDown(
      person,
      ['login'],
      [
        [/URL of the controller/, `${url}${enter}`],
        [/SHA-256 [0-9a-f]{64}[\s\S]*Trust it and pin it\?/, `y${enter}`],
        [/User name/, `admin${enter}`],
        [/Password of admin at https:/, `${password}${enter}`],
      ],
    )
    assert.equal(code, 0, screen)
    assert.match(screen, /Logged in to https:.* as admin; profile "default"\./)
    assert.ok(!screen.includes(password), 'the password was echoed')
    assert.ok((await person.read(profileStore)).includes(url))
  })

  it('stores nothing when the CA is not accepted', async () => {
    const person = await world.newcomer()
    const { code, screen } = await sitDown(
      person,
      ['login', world.overlay.url],
      [[/Trust it and pin it\?/, `n${enter}`]],
    )
    assert.equal(code, 2, screen)
    assert.match(screen, /the CA was not accepted; nothing was stored/)
    await assert.rejects(person.read(profileStore), { code: 'ENOENT' })
  })

  it('says that it was interrupted, and with 130, when Ctrl-C is the answer', async () => {
    const person = await world.newcomer()
    const { code, screen } = await sitDown(person, ['login', world.overlay.url], [[/Trust it and pin it\?/, interrupt]])
    assert.equal(code, 130, screen)
    assert.match(screen, /interrupted at a question; nothing was changed/)
    assert.doesNotMatch(screen, /\n\s+at /)
  })

  it('asks for the password again when a session is over', async () => {
    const person = await world.member()
    const { password } = world.overlay
    await person.ok(['logout'])
    await person.write('zprom.yaml', 'stack: nothing\n')
    const { code, screen } = await sitDown(person, ['plan'], [[/Password of admin at/, `${password}${enter}`]])
    assert.equal(code, 0, screen)
    assert.ok(!screen.includes(password), 'the password was echoed')
  })
})
