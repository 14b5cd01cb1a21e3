import assert from 'node:assert/strict'
import { mkdir, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { findFreePorts } from '../../src/cli/sandbox/ports.js'
import { openTunnel } from '../support/cli-tunnel.js'
import { assertEnded, documentOf, manyClusters, profileStore, useWorld } from '../support/cli-world.js'

describe('a controller that the environment names', () => {
  const world = useWorld()

  it('needs no login, and leaves none on the machine', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', manyClusters('ci', 1))
    await person.ok(['apply', '--yes'])
    await assert.rejects(person.read(profileStore), { code: 'ENOENT' })
  })

  it('takes the password itself from ZPROM_PASSWORD too', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', 'stack: nothing\n')
    const env = { ZPROM_PASSWORD_FILE: undefined, ZPROM_PASSWORD: world.overlay.password }
    assertEnded(await person.run(['plan'], { env }), 0)
  })

  // Links in a circle stand for missing rights, of which there are none for root.
  it('needs nothing of a home that may not be read; who needs the profiles is told where they can be instead', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', 'stack: nothing\n')
    for (const name of [profileStore, '../data/zprom/package.json']) {
      const path = join(person.folder, name)
      await mkdir(dirname(path), { recursive: true })
      await symlink(path, path)
    }
    const { code, stderr } = await person.run(['plan'])
    assert.equal(code, 0)
    assert.match(
      stderr,
      /^warning: .*profiles\.json: can't read it: .*; going on without the profiles \(XDG_CONFIG_HOME .*\nread /,
    )
    assertEnded(
      await person.run(['plan'], { env: { ZPROM_USERNAME: '', ZPROM_PASSWORD_FILE: '' } }),
      8,
      /\(XDG_CONFIG_HOME\)/,
    )
  })

  it('gives way to --profile', async () => {
    const person = await world.member('--profile', 'work')
    await person.write('zprom.yaml', 'stack: nothing\n')
    const env = { ZPROM_CONTROLLER: 'https://elsewhere.invalid:1280' }
    assertEnded(await person.run(['plan', '--profile', 'work'], { env }), 0)
    assertEnded(await person.run(['plan'], { env: { ZPROM_PROFILE: 'work' } }), 0)
  })

  it('does not mix with a profile that --profile names: that is taken whole', async () => {
    const person = await world.member('--profile', 'work')
    await person.write('zprom.yaml', 'stack: nothing\n')
    await person.write('theirs.pem', 'no certificate')
    const env = { ZPROM_CA: 'theirs.pem', ZPROM_USERNAME: 'ann', ZPROM_PASSWORD: 'not-the-password' }
    assertEnded(await person.run(['plan', '--profile', 'work'], { env }), 0)
    assertEnded(await person.run(['plan'], { env }), 2, /the CA file theirs\.pem holds no PEM certificate/)
  })

  it('gives a login that is used as it is, whatever session a profile has', async () => {
    const person = await world.member('--password-file', world.overlay.passwordFile)
    await person.write('zprom.yaml', 'stack: nothing\n')
    const before = await person.read(profileStore)
    const wrong = { ZPROM_USERNAME: 'admin', ZPROM_PASSWORD: 'not-the-password' }
    assertEnded(await person.run(['plan'], { env: wrong }), 4, /the login of "admin" was refused/)
    assertEnded(await person.run(['plan'], { env: { ZPROM_PASSWORD: 'not-the-password' } }), 4)
    // The password file of the profile is for its own user alone.
    assertEnded(await person.run(['plan'], { env: { ZPROM_USERNAME: 'ann' } }), 4, /not logged in/)
    assert.equal(await person.read(profileStore), before)
    assertEnded(await person.run(['plan'], { env: { ZPROM_USERNAME: 'admin' } }), 0)
  })

  it('counts as not named where a variable is empty', async () => {
    const empty = {
      ZPROM_CONTROLLER: '',
      ZPROM_USERNAME: '',
      ZPROM_PASSWORD: '',
      ZPROM_PASSWORD_FILE: '',
      ZPROM_CA: '',
    }
    const all = { ...empty, ZPROM_PROFILE: '', ZPROM_SPEC: '', ZPROM_SANDBOX: '', ZPROM_ZITI: '' }
    const person = await world.member()
    await person.write('zprom.yaml', 'stack: nothing\n')
    assertEnded(await person.run(['plan'], { env: all }), 0)
    const worker = await world.worker()
    await worker.write('zprom.yaml', 'stack: nothing\n')
    assertEnded(await worker.run(['plan'], { env: { ZPROM_PASSWORD: '', ZPROM_PROFILE: '' } }), 0)
    const newcomer = await world.newcomer()
    await newcomer.write('zprom.yaml', 'stack: nothing\n')
    assertEnded(await newcomer.run(['plan'], { env: all }), 2, /no controller selected/)
    assertEnded(await newcomer.run(['login'], { env: all }), 2, /the URL of the controller is missing/)
    const { url, caFile } = world.overlay
    const login = ['login', url, '--username', 'admin', '--ca', caFile]
    assertEnded(await newcomer.run(login, { env: all }), 2, /the password is missing/)
  })

  it('is not what the profile of the spec stands for: 2, and neither network is touched', async () => {
    const person = await world.member('--profile', 'home')
    await person.write('zprom.yaml', 'stack: nothing\noverlay: {profile: home}\n')
    const { username, passwordFile, caFile } = world.overlay
    const login = { ZPROM_USERNAME: username, ZPROM_PASSWORD_FILE: passwordFile, ZPROM_CA: caFile }
    const refused = [
      /the spec is for profile "home" \(https:\/\/localhost:\d+\), but the profile or environment selects https:\/\/else/,
      /select the other controller, or change overlay\.profile in the spec/,
    ]
    const elsewhere = { ...login, ZPROM_CONTROLLER: 'https://elsewhere.invalid:1280' }
    for (const command of [['plan'], ['apply', '--yes'], ['verify'], ['dev-identity', 'ann', '--yes']])
      assertEnded(await person.run(command, { env: elsewhere }), 2, ...refused)
    const store = JSON.parse(await person.read(profileStore))
    store.profiles.other = { url: 'https://elsewhere.invalid:1280', username: 'admin' }
    await person.write(profileStore, JSON.stringify(store))
    assertEnded(await person.run(['plan', '--profile', 'other']), 2, ...refused)
    assertEnded(await person.run(['plan'], { env: { ZPROM_PROFILE: 'other' } }), 2, ...refused)
    assertEnded(await person.run(['plan'], { env: { ...login, ZPROM_CONTROLLER: world.overlay.url } }), 0)
  })

  it('may stand in for the profile of a spec that is not known here; without it the message says what to do', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', 'stack: nothing\noverlay: {profile: sandbox}\n')
    assertEnded(await person.run(['plan']), 0)
    const ran = await person.run(['plan'], { env: { ZPROM_CONTROLLER: undefined } })
    assertEnded(ran, 2, /no profile named "sandbox"/, /zprom sandbox up/, /zprom login URL/, /set ZPROM_CONTROLLER/)
  })

  it('is refused with 4 for a wrong password, and with 2 for a password file that is not there', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', 'stack: nothing\n')
    const wrong = { ZPROM_PASSWORD: 'not-the-password' }
    assertEnded(await person.run(['plan'], { env: wrong }), 4, /the login of "admin" was refused/)
    assertEnded(await person.run(['plan'], { env: { ZPROM_PASSWORD_FILE: 'absent' } }), 2, /absent does not exist/)
  })

  it('is not trusted without its CA: 5, and the message says what to do', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', 'stack: nothing\n')
    const ran = await person.run(['plan'], { env: { ZPROM_CA: undefined } })
    assertEnded(ran, 5, /no CA was given for this controller/, /zprom login https:\S+ \(in scripts: ZPROM_CA=FILE\)/)
    const insecure = { ZPROM_CA: undefined, NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1' }
    assertEnded(await person.run(['plan'], { env: insecure }), 5)
  })

  it('is not there: 5, whatever the command, and nothing is written', async () => {
    const [port] = await findFreePorts(1)
    const person = await world.worker()
    await person.write('zprom.yaml', manyClusters('away', 1))
    const env = { ZPROM_CONTROLLER: `https://localhost:${port}` }
    for (const command of [['plan'], ['verify'], ['apply', '--yes'], ['dev-identity', 'ann', '--yes']]) {
      const ran = await person.run([...command, '--json'], { env })
      assert.equal(ran.code, 5, ran.stdout)
      const { error } = documentOf(ran)
      assert.match(error.message, /nothing listens there \(ECONNREFUSED\)/)
      assert.equal(error.detail.networkCode, 'ECONNREFUSED')
    }
    assert.equal(await person.read('zprom.yaml'), manyClusters('away', 1))
  })

  it('goes away in mid-run: the rest is skipped, the report says so, and the next run goes on', async () => {
    const tunnel = await openTunnel(world.overlay.url)
    const person = await world.worker()
    await person.write('zprom.yaml', manyClusters('cut', 10))
    const ran = await person.run(['apply', '--yes'], {
      env: { ZPROM_CONTROLLER: tunnel.url },
      onStderr: soFar => soFar.includes('done create') && tunnel.cut(),
    })
    assertEnded(ran, 6, /steps failed, \d+ were skipped/, /check host and port|try again/)
    assert.match(ran.stdout, /\nIncomplete: \d+ created, .* failed, \d+ skipped; /)
    await person.ok(['apply', '--yes'])
    assertEnded(await person.run(['plan', '--exit-code']), 0)
  })
})
