import assert from 'node:assert/strict'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Person } from '../support/cli.js'
import { assertEnded, documentOf, profileStore, useWorld } from '../support/cli-world.js'

describe('zprom login', () => {
  const world = useWorld()
  const readStore = async (person: Person) => JSON.parse(await person.read(profileStore))
  const login = ({ overlay } = world) => ['login', overlay.url, '--username', overlay.username]

  it('takes the password from a file and remembers where, not what', async () => {
    const { url, ca, caFile, password, passwordFile } = world.overlay
    const person = await world.newcomer()
    const said = await person.ok([...login(), '--password-file', passwordFile, '--ca', caFile])
    assert.match(said, /^Logged in to https:\/\/localhost:\d+ \(OpenZiti \S+\) as admin; profile "default"\.\n$/)
    const { current, profiles } = await readStore(person)
    const { session, ...kept } = profiles.default
    assert.deepEqual({ current, kept }, { current: 'default', kept: { url, username: 'admin', ca, passwordFile } })
    assert.ok(!(await person.read(profileStore)).includes(password), 'the password was stored')
    assert.ok(session.token.length > 8 && !said.includes(session.token))
  })

  it('takes the password from the environment, and a file of it too', async () => {
    const { password, passwordFile, caFile } = world.overlay
    const person = await world.newcomer()
    await person.ok([...login(), '--ca', caFile], { env: { ZPROM_PASSWORD: password } })
    assert.ok(!(await person.read(profileStore)).includes(password), 'the password was stored')
    await person.ok([...login(), '--ca', caFile], { env: { ZPROM_PASSWORD_FILE: passwordFile } })
  })

  it('has no flag for the password itself', async () => {
    const person = await world.newcomer()
    const ran = await person.run([...login(), '--password', 'on-the-command-line', '--json'])
    assert.equal(ran.code, 2)
    assert.equal(documentOf(ran).error.message, 'Nonexistent flag: --password')
  })

  it('keeps sessions where only their owner can read them', async () => {
    const person = await world.member()
    const { mode } = await stat(join(person.folder, profileStore))
    assert.equal((mode & 0o777).toString(8), '600')
  })

  it('shows the CA and pins nothing until somebody agrees', async () => {
    const person = await world.newcomer()
    const env = { ZPROM_PASSWORD: world.overlay.password }
    const asked = await person.run(login(), { env })
    assertEnded(asked, 2, /The CA of https:/, /SHA-256 [0-9a-f]{64}/, /pass --ca FILE, or --yes/)
    await assert.rejects(readStore(person), { code: 'ENOENT' })
    const agreed = await person.run([...login(), '--yes'], { env })
    assertEnded(agreed, 0, /SHA-256 [0-9a-f]{64}/)
    assert.match((await readStore(person)).profiles.default.ca, /BEGIN CERTIFICATE/)
  })

  it('does not ask again for a CA that is pinned', async () => {
    const person = await world.newcomer()
    const env = { ZPROM_PASSWORD: world.overlay.password }
    await person.ok([...login(), '--yes'], { env })
    assertEnded(await person.run(login(), { env }), 0)
  })

  it('keeps to the pinned CA when the roots of the machine vouch for the controller as well', async () => {
    const person = await world.newcomer()
    const env = { ZPROM_PASSWORD: world.overlay.password }
    await person.ok([...login(), '--yes'], { env })
    const { ca } = (await readStore(person)).profiles.default
    await person.ok(login(), { env: { ...env, NODE_EXTRA_CA_CERTS: world.overlay.caFile } })
    assert.equal((await readStore(person)).profiles.default.ca, ca)
  })

  it('pins no CA quietly in place of the roots that vouched for the controller before', async () => {
    const person = await world.newcomer()
    const env = { ZPROM_PASSWORD: world.overlay.password }
    await person.ok(login(), { env: { ...env, NODE_EXTRA_CA_CERTS: world.overlay.caFile } })
    assert.equal((await readStore(person)).profiles.default.ca, undefined)
    const ran = await person.run([...login(), '--yes'], { env })
    assertEnded(ran, 5, /vouched for https:.* before, and do no more/, /shows a CA of its own/, /pass --ca FILE/)
  })

  it('uses the password file that the profile remembers, unless another password is given', async () => {
    const { caFile, passwordFile, url } = world.overlay
    const person = await world.member('--password-file', passwordFile)
    await person.ok(['login'])
    assert.equal((await readStore(person)).profiles.default.passwordFile, passwordFile)
    assertEnded(await person.run(['login'], { env: { ZPROM_PASSWORD: 'not-the-password' } }), 4, /was refused/)
    // It is the password of that user at that controller.
    assertEnded(await person.run(['login', '--username', 'ann']), 2, /the password is missing/)
    const elsewhere = ['login', url.replace('localhost', '127.0.0.1'), '--ca', caFile]
    assertEnded(await person.run(elsewhere), 2, /the password is missing/)
  })

  it('takes for a profile only the names that a spec takes', async () => {
    const person = await world.newcomer()
    for (const name of ['__proto__', 'with space', '-x', 'a/b', 'x'.repeat(64), 'žltý']) {
      const ran = await person.run([...login(), `--profile=${name}`])
      assertEnded(ran, 2, /--profile: .* (cannot be a profile name|is too long for a profile name)/)
    }
  })

  it('keeps profiles by name, and uses the last one logged in to', async () => {
    const person = await world.member('--profile', 'work')
    const env = { ZPROM_PASSWORD: world.overlay.password }
    await person.ok([...login(), '--ca', world.overlay.caFile, '--profile', 'home'], { env })
    const { current, profiles } = await readStore(person)
    assert.deepEqual({ current, names: Object.keys(profiles) }, { current: 'home', names: ['work', 'home'] })
    await person.write('zprom.yaml', 'stack: nothing\n')
    assertEnded(await person.run(['plan', '--profile', 'work']), 0)
    assertEnded(await person.run(['plan', '--profile', 'wrok']), 2, /no profile named "wrok"; there are: work, home/)
  })

  it('keeps the profiles of all logins that are made at once', async () => {
    const person = await world.newcomer()
    const env = { ZPROM_PASSWORD: world.overlay.password }
    const names = ['a', 'b', 'c', 'd', 'e', 'f']
    await Promise.all(names.map(name => person.ok([...login(), '--yes', '--profile', name], { env })))
    assert.deepEqual(Object.keys((await readStore(person)).profiles).sort(), names)
    assert.deepEqual(await readdir(join(person.folder, profileStore, '..')), ['profiles.json'])
  })

  it('knows no profile that nobody made, such as one called toString', async () => {
    const person = await world.member()
    await person.write('zprom.yaml', 'stack: nothing\n')
    for (const command of ['plan', 'logout'])
      for (const name of ['toString', 'constructor', '__proto__'])
        assertEnded(await person.run([command, '--profile', name]), 2, new RegExp(`no profile named "${name}"`))
  })

  it('ends with 8 when the profiles are damaged, and names the file and what is wrong with it', async () => {
    const person = await world.member()
    await person.write('zprom.yaml', 'stack: nothing\n')
    const { session } = (await readStore(person)).profiles.default
    for (const [text, fault] of [
      ['no JSON', /it is not JSON/],
      ['[]', /it has no profiles/],
      ['{"profiles":[]}', /it has no profiles/],
      ['{"profiles":{},"current":5}', /"current" is not a name/],
      ['{"profiles":{"a":null},"current":"a"}', /the profile "a" is damaged/],
      ['{"profiles":{"a":{"url":"localhost"}}}', /the profile "a" is damaged/],
      [`{"profiles":{"a":{"url":"https://a:1","session":"${session.token}"}}}`, /the profile "a" is damaged/],
    ] as const) {
      await person.write(profileStore, text)
      const ran = await person.run(['plan'])
      assertEnded(ran, 8, /profiles\.json: not a profile store of zprom/, fault, /remove it and log in again/)
      assert.ok(!ran.stderr.includes(session.token), 'a session was printed')
    }
    for (const command of [['logout'], [...login(), '--yes']]) assertEnded(await person.run(command), 8, /is damaged/)
  })

  it('refuses a wrong password with exit code 4, and stores nothing', async () => {
    const person = await world.newcomer()
    const env = { ZPROM_PASSWORD: 'not-the-password' }
    const ran = await person.run([...login(), '--ca', world.overlay.caFile], { env })
    assertEnded(ran, 4, /the login of "admin" was refused/, /check user name and password/)
    assert.ok(!(ran.stdout + ran.stderr).includes(env.ZPROM_PASSWORD), 'the password was printed')
    await assert.rejects(readStore(person), { code: 'ENOENT' })
  })

  it('says what is missing when nobody can be asked', async () => {
    const person = await world.newcomer()
    const { url, caFile } = world.overlay
    assertEnded(await person.run(['login']), 2, /the URL of the controller is missing/)
    assertEnded(await person.run(['login', url, '--ca', caFile]), 2, /--username NAME, or set ZPROM_USERNAME/)
    assertEnded(await person.run([...login(), '--ca', caFile]), 2, /pass --password-file FILE, or set ZPROM_PASSWORD/)
  })

  it('refuses a URL that is none, is not https, or has a password in it', async () => {
    const person = await world.newcomer()
    assertEnded(await person.run(['login', 'https://a b']), 2, /is not a URL/, /https:\/\/controller\.example:1280/)
    assertEnded(await person.run(['login', 'http://localhost:1']), 2, /by https only/, /try https:\/\/localhost:1/)
    const ran = await person.run(['login', 'https://admin:in-the-url@localhost:1'])
    assertEnded(ran, 2, /is not accepted/)
    assert.ok(!ran.stderr.includes('in-the-url'), 'the password was printed')
  })

  it('refuses files of passwords and CAs that are empty, absent or something else', async () => {
    const person = await world.newcomer()
    await person.write('empty', '')
    const given = async (...flags: string[]) => person.run([...login(), '--ca', world.overlay.caFile, ...flags])
    assertEnded(await given('--password-file', 'empty'), 2, /the password file empty is empty/)
    assertEnded(await given('--password-file', 'absent'), 2, /the password file absent does not exist/)
    assertEnded(await person.run([...login(), '--ca', 'empty']), 2, /the CA file empty holds no PEM certificate/)
  })
})
