import assert from 'node:assert/strict'
import type { Person, RunOptions } from '../support/cli.js'
import { openTunnel, type Tunnel } from '../support/cli-tunnel.js'
import { assertEnded, documentOf, manyClusters, profileStore, useWorld } from '../support/cli-world.js'

describe('a session that ends, or may not', () => {
  const world = useWorld()
  let tunnel: Tunnel

  beforeEach(async () => {
    tunnel = await openTunnel(world.overlay.url)
  })
  afterEach(() => tunnel.close())

  const endSessions = async () => {
    const admin = world.overlay.admin()
    const { id: own } = (await admin.get('/current-api-session')) as { id: string }
    for (const { id } of (await admin.list('/api-sessions')) as { id: string }[])
      if (id !== own) await admin.remove('/api-sessions', id)
  }
  // Once the run is in its writes, every session ends while the wire is held: no request can get in between.
  const endingInMidRun = (): NonNullable<RunOptions['onStderr']> => {
    let isHeld = false
    return soFar => {
      if (isHeld || !soFar.includes('done create')) return
      isHeld = true
      tunnel.hold()
      endSessions().finally(() => tunnel.release())
    }
  }
  const member = async (...flags: string[]) => {
    const { caFile, password } = world.overlay
    const person = await world.newcomer()
    const command = ['login', tunnel.url, '--username', 'admin', '--ca', caFile, ...flags]
    await person.ok(command, { env: { ZPROM_PASSWORD: password } })
    return { person, logIn: () => person.ok(command, { env: { ZPROM_PASSWORD: password } }) }
  }

  it('is renewed in mid-run where the environment has the password', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', manyClusters('env', 4))
    const ran = await person.run(['apply', '--yes'], {
      env: { ZPROM_CONTROLLER: tunnel.url },
      onStderr: endingInMidRun(),
    })
    assertEnded(ran, 0)
    assertEnded(await person.run(['plan', '--exit-code']), 0)
  })

  it('is renewed in mid-run where the profile knows a password file, and the new one is kept', async () => {
    const { person } = await member('--password-file', world.overlay.passwordFile)
    const before = JSON.parse(await person.read(profileStore)).profiles.default.session.token
    await person.write('zprom.yaml', manyClusters('file', 4))
    assertEnded(await person.run(['apply', '--yes'], { onStderr: endingInMidRun() }), 0)
    assert.notEqual(JSON.parse(await person.read(profileStore)).profiles.default.session.token, before)
  })

  it('ends the run in mid-run where nothing can renew it, says how to log in, and the next run goes on', async () => {
    const { person, logIn } = await member()
    await person.write('zprom.yaml', manyClusters('only', 4))
    const ran = await person.run(['apply', '--yes'], { onStderr: endingInMidRun() })
    // Steps were done, so it is the report that counts (6); the cause and what to do stand with it.
    assertEnded(ran, 6, /steps failed, .* were skipped/, /log in with: zprom login https:/)
    assert.match(ran.stdout, /not logged in, or the session has ended/)
    assert.match(ran.stdout, /\nIncomplete: \d+ created, /)
    await logIn()
    await person.ok(['apply', '--yes'])
    assertEnded(await person.run(['plan', '--exit-code']), 0)
  })

  it('ends with 4 when it is over before the run, and nothing is changed', async () => {
    const { person } = await member()
    await person.write('zprom.yaml', manyClusters('over', 1))
    await endSessions()
    const ran = await person.run(['apply', '--yes', '--json'])
    assert.equal(ran.code, 4)
    const { error } = documentOf(ran)
    assert.match(error.message, /not logged in, or the session has ended/)
    assert.match(error.hint, /zprom login https:/)
    assert.deepEqual(await world.overlay.admin().listByName('/identities', ['over0.reflect.id']), [])
  })

  // As another command leaves the profiles while the run is held; through the same wire it would come after the run.
  const meanwhile = (person: Person, change: (profile: Record<string, unknown>) => object) => {
    let arriving: Promise<void> | undefined
    const arrive = async () => {
      const store = JSON.parse(await person.read(profileStore))
      const profiles = { default: change(store.profiles.default) }
      await person.write(profileStore, JSON.stringify({ ...store, profiles }))
      await endSessions()
    }
    return (soFar: string) => {
      if (arriving !== undefined || !soFar.includes('done create')) return
      tunnel.hold()
      arriving = arrive().finally(() => tunnel.release())
    }
  }

  it('that was ended by a logout while a run is on stays ended, whatever the run logs in with', async () => {
    const { person } = await member('--password-file', world.overlay.passwordFile)
    await person.write('zprom.yaml', manyClusters('left', 4))
    const onStderr = meanwhile(person, ({ session: _, passwordFile: _file, ...left }) => left)
    assertEnded(await person.run(['apply', '--yes'], { onStderr }), 0)
    const { session, url } = JSON.parse(await person.read(profileStore)).profiles.default
    assert.deepEqual([session, url], [undefined, tunnel.url])
    assertEnded(await person.run(['whoami']), 4, /log in with: zprom login/)
  })

  it("that a run makes anew does not take the place of another person's, who logged in meanwhile", async () => {
    const { person } = await member('--password-file', world.overlay.passwordFile)
    await person.write('zprom.yaml', manyClusters('two', 4))
    const onStderr = meanwhile(person, ({ passwordFile: _, session, ...rest }) => {
      return { ...rest, username: 'second', session: { ...Object(session), token: 'of-somebody-else' } }
    })
    assertEnded(await person.run(['apply', '--yes'], { onStderr }), 0)
    const { username, session } = JSON.parse(await person.read(profileStore)).profiles.default
    assert.deepEqual([username, session.token], ['second', 'of-somebody-else'])
  })

  it('is read-only: plans, and refuses to apply with 4 before anything is written here or there', async () => {
    const { person } = await member('--read-only')
    await person.write('zprom.yaml', 'stack: ro\n')
    const command = ['init', 'cluster', 'ro', '--prometheus', 'dark', '--yes']
    assertEnded(await person.run(command), 4, /marked read-only, so nothing was changed/, /without --read-only/)
    assert.equal(await person.read('zprom.yaml'), 'stack: ro\n')
    assert.deepEqual(await world.overlay.admin().listByName('/identities', ['ro.reflect.id']), [])
    await person.ok(['apply', '--yes'])
    await endSessions()
    assertEnded(await person.run(['plan']), 4, /zprom login https:\S+ --read-only/)
    const { caFile, password } = world.overlay
    const login = ['login', tunnel.url, '--username', 'admin', '--ca', caFile]
    const ran = await person.run(login, { env: { ZPROM_PASSWORD: password } })
    assertEnded(ran, 0, /profile "default" was marked read-only until now/)
  })

  it("is not an administrator's: 4, and the message says that the right is lacking", async () => {
    const admin = world.overlay.admin()
    const { id } = await admin.create('/identities', { name: 'guest', type: 'User', isAdmin: false })
    await admin.post('/authenticators', {
      method: 'updb',
      identityId: id,
      username: 'guest',
      password: 'guest-password',
    })
    const person = await world.worker()
    await person.write('zprom.yaml', manyClusters('guest', 1))
    const env = { ZPROM_USERNAME: 'guest', ZPROM_PASSWORD_FILE: undefined, ZPROM_PASSWORD: 'guest-password' }
    const ran = await person.run(['apply', '--yes'], { env })
    assertEnded(ran, 4, /this login may not GET/, /log in as an administrator/)
  })
})
