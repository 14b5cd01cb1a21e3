import assert from 'node:assert/strict'
import { newPerson, type Person } from '../support/cli.js'
import { assertEnded, documentOf, profileStore } from '../support/cli-world.js'
import { canStartOverlays, freshOverlay, type TestOverlay } from '../support/overlay.js'
import { requires } from '../support/requires.js'
import { enter, hasTerminal, sitDown } from '../support/terminal.js'

// A controller that was set up anew, or somebody in between: from here both look the same.
describe('a controller that shows another certificate than the pinned one', () => {
  let later: TestOverlay
  let person: Person

  before(async function () {
    this.timeout(150_000)
    requires(this, canStartOverlays(), 'needs two controllers, one after the other on one port')
    const first = await freshOverlay({ noRouter: true })
    person = await newPerson()
    const { url, password, passwordFile } = first
    await person.write('zprom.yaml', `overlay: {controller: "${url}"}\n`)
    await person.write('password', password)
    await person.ok(['login', url, '--username', 'admin', '--password-file', passwordFile, '--yes'])
    await first.stop()
    later = await freshOverlay({ noRouter: true, port: Number(new URL(url).port) })
  })

  after(async () => {
    await person?.leave()
    await later?.stop()
  })

  it('ends every command with 5 and says that the CA is another one, and what to do', async () => {
    for (const command of ['plan', 'verify', 'apply']) {
      const ran = await person.run([command, '--json'])
      assert.equal(ran.code, 5, ran.stdout)
      const { error } = documentOf(ran)
      assert.match(error.message, /the certificate is not signed by the CA that is trusted for this controller/)
      assert.match(error.hint, /pin it again with: zprom login https:.*; otherwise someone may be in between/)
    }
  })

  // 5 as everywhere else: the controller is not trusted (README, "Exit codes").
  it('refuses to pin the new CA with 5 when nobody can look at it, even with --yes', async () => {
    for (const flags of [[], ['--yes']]) {
      const ran = await person.run(['login', later.url, ...flags], { env: { ZPROM_PASSWORD: later.password } })
      assertEnded(
        ran,
        5,
        /is not the one that was pinned before/,
        /shows another CA than the pinned one/,
        /pass --ca FILE/,
      )
    }
    assert.equal((await person.run(['plan'])).code, 5)
  })

  it('refuses it under the name of another profile too, to which the controller is not new', async () => {
    const ran = await person.run(['login', later.url, '--profile', 'other', '--yes'], {
      env: { ZPROM_PASSWORD: later.password, ZPROM_USERNAME: 'admin' },
    })
    assertEnded(ran, 5, /is not the one that was pinned before/, /zprom logout --profile default --forget/)
  })

  it('refuses it as well when the roots of the machine vouch for the controller, and keeps the pin', async () => {
    const before = await person.read(profileStore)
    const env = { ZPROM_PASSWORD: later.password, NODE_EXTRA_CA_CERTS: later.caFile }
    for (const flags of [[], ['--yes']]) {
      const ran = await person.run(['login', later.url, ...flags], { env })
      assertEnded(ran, 5, /now one that the system's roots vouch for/, /shows another CA than the pinned one/)
    }
    assert.equal(await person.read(profileStore), before)
  })

  it('asks at a terminal, and ends with 5 when the answer is no', async function () {
    requires(this, hasTerminal(), 'needs script of util-linux')
    const env = { ZPROM_PASSWORD: later.password }
    const pin = [/do not go on[\s\S]*Trust it and pin it\?/, `n${enter}`] as const
    assert.equal((await sitDown(person, ['login', later.url], [pin], env)).code, 5)
    const roots = [/do not go on[\s\S]*Trust the system's roots for it from now on\?/, `n${enter}`] as const
    const publicly = { ...env, NODE_EXTRA_CA_CERTS: later.caFile }
    assert.equal((await sitDown(person, ['login', later.url], [roots], publicly)).code, 5)
  })

  it('goes on with the new CA once a file says that it is right', async () => {
    const flags = ['--ca', later.caFile]
    await person.ok(['login', later.url, ...flags], { env: { ZPROM_PASSWORD: later.password } })
    await person.ok(['plan'])
  })
})
