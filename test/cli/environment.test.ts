import assert from 'node:assert/strict'
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

  it('gives way to --profile', async () => {
    const person = await world.member('--profile', 'work')
    await person.write('zprom.yaml', 'stack: nothing\n')
    const env = { ZPROM_CONTROLLER: 'https://elsewhere.invalid:1280' }
    assertEnded(await person.run(['plan', '--profile', 'work'], { env }), 0)
    assertEnded(await person.run(['plan'], { env: { ZPROM_PROFILE: 'work' } }), 0)
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
    assertEnded(ran, 5, /not signed by the CA that is trusted/, /zprom login https:/)
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
