import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { endSessionsOf, passwordAdmin, revokeBearer } from '../support/admins.js'
import { articleEntities, buildByHand, clearByHand } from '../support/by-hand.js'
import type { Person } from '../support/cli.js'
import { assertEnded, documentOf, manyClusters, profileStore, useWorld } from '../support/cli-world.js'
import { startProxy } from '../support/proxy.js'

const run = promisify(execFile)

describe('a login that the ziti program made', () => {
  const world = useWorld()
  const ziti = process.env.ZPROM_ZITI
  const cacheOf = (person: Person) => join(person.env.HOME ?? '', '.config', 'ziti', 'ziti-cli.json')

  // The real program where one is given, otherwise its file as 1.6 writes it, with a real session.
  async function logIn(person: Person, { name = 'default', readOnly = false, as = adminOf() } = {}): Promise<void> {
    const { url, caFile } = world.overlay
    if (ziti !== undefined) {
      const args = ['edge', 'login', url, '--ca', caFile, '-u', as.username, '-p', as.password, '--cli-identity', name]
      await run(ziti, [...args, '-y', `--read-only=${readOnly}`], {
        env: { PATH: person.env.PATH, HOME: person.env.HOME },
      })
      return
    }
    const { token } = await world.overlay.admin(as).session()
    const there = await readFile(cacheOf(person), 'utf8').catch(() => '{"edgeIdentities":{}}')
    const { edgeIdentities } = JSON.parse(there)
    const login = { url: `${url}/edge/management/v1`, username: as.username, token, caCert: caFile, readOnly }
    const file = { edgeIdentities: { ...edgeIdentities, [name]: login }, default: 'default', layout: 0 }
    await mkdir(join(cacheOf(person), '..'), { recursive: true })
    await person.write('../.config/ziti/ziti-cli.json', JSON.stringify(file))
  }
  const adminOf = () => ({ username: world.overlay.username, password: world.overlay.password })

  it('is used where it is named, or nothing else is, and then said so', async () => {
    const person = await world.newcomer()
    await logIn(person)
    const named = documentOf(await person.run(['whoami', '--ziti-login', 'default', '--json']))
    assert.deepEqual([named.url, named.isAdmin, named.method], [world.overlay.url, true, null])
    const ran = await person.run(['whoami'])
    assertEnded(ran, 0, /no controller is named: using https:\/\/localhost:\d+, by the login "default" of ziti/)
    assert.match(ran.stdout, /by the login "default" of ziti \((zt-session|bearer)\)/)
  })

  it('applies, and leaves the file of ziti as it is', async () => {
    const person = await world.newcomer()
    await logIn(person)
    const before = await readFile(cacheOf(person), 'utf8')
    await person.write('zprom.yaml', manyClusters('byziti', 1))
    await person.ok(['apply', '--yes', '--ziti-login', 'default'])
    assert.equal(await readFile(cacheOf(person), 'utf8'), before)
    await assert.rejects(stat(join(person.env.XDG_CONFIG_HOME ?? '', 'zprom')), { code: 'ENOENT' })
  })

  it('is found by the controller that the spec names, and never used for another', async () => {
    const person = await world.newcomer()
    await logIn(person)
    const specFor = (url: string) => `${manyClusters('zs', 1)}overlay: {controller: "${url}"}\n`
    await person.write('zprom.yaml', specFor(world.overlay.url))
    await person.ok(['plan'])
    await person.write('zprom.yaml', specFor('https://other.example:1280'))
    assertEnded(
      await person.run(['plan', '--ziti-login', 'default']),
      2,
      /the spec is for https:\/\/other\.example:1280/,
    )
    const ran = await person.run(['plan'], {
      env: { ZPROM_CONTROLLER: world.overlay.url.replace('localhost', '127.0.0.1') },
    })
    assert.notEqual(ran.code, 0)
  })

  it('goes to no other controller that a spec lists, unless its own CA vouches for that', async () => {
    const stranger = await startProxy(world.overlay)
    const person = await world.newcomer()
    await person.write('roots.pem', stranger.ca)
    const login = { url: 'https://localhost:1/edge/management/v1', username: 'admin', token: 'kept', readOnly: false }
    const cache = { edgeIdentities: { default: { ...login, caCert: '' } }, default: 'default', layout: 0 }
    await mkdir(join(cacheOf(person), '..'), { recursive: true })
    await person.write('../.config/ziti/ziti-cli.json', JSON.stringify(cache))
    await person.write('zprom.yaml', `overlay: {controller: ["https://localhost:1", "${stranger.url}"]}\n`)
    const ran = await person.run(['plan'], { env: { NODE_EXTRA_CA_CERTS: `${person.folder}/roots.pem` } })
    await stranger.close()
    assertEnded(ran, 5, /https:\/\/localhost:1: nothing listens there/)
    assert.deepEqual(stranger.seen, [])
  })

  // The other controller is asked nothing: there is none.
  const visitor = async () => {
    const person = await world.newcomer()
    await logIn(person)
    await mkdir(join(person.folder, profileStore, '..'), { recursive: true })
    const sandbox = { url: 'https://localhost:1' }
    await person.write(profileStore, JSON.stringify({ current: 'sandbox', profiles: { sandbox } }))
    return person
  }
  const controllerIn = async (person: Person) => parse(await person.read('zprom.yaml')).overlay
  const named = ['--ziti-login', 'default']

  it('gives a spec that begins its controller, whatever profile is in use', async () => {
    const { url } = world.overlay
    for (const command of [
      ['init', 'cluster', 'visited', '--prometheus', 'dark', '--yes'],
      ['init', 'local', '--yes'],
      ['dev-identity', 'dev.visitor', '--yes'],
    ]) {
      const person = await visitor()
      await person.ok([...command, ...named])
      assert.deepEqual(await controllerIn(person), { controller: url }, command.join(' '))
    }
  })

  it('gives an imported spec the controller that was read', async () => {
    await buildByHand(world.overlay.admin(), articleEntities('kubeB'))
    const person = await visitor()
    await person.ok(['import', '--stack', 'visited', ...named])
    assert.deepEqual(await controllerIn(person), { controller: world.overlay.url })
    await clearByHand(world.overlay.admin())
  })

  it('that is marked read-only plans, and refuses every change with 4', async () => {
    const person = await world.newcomer()
    await logIn(person, { readOnly: true })
    await person.write('zprom.yaml', manyClusters('zro', 1))
    await person.ok(['plan'])
    assertEnded(
      await person.run(['apply', '--yes']),
      4,
      /marked read-only/,
      /without --read-only: ziti edge login --cli-identity default/,
    )
    assert.deepEqual(await world.overlay.admin().listByName('/identities', ['zro0.reflect.id']), [])
  })

  it('is chosen by its name, and one that is not there is said', async () => {
    const person = await world.newcomer()
    const other = await passwordAdmin(world.overlay)
    await logIn(person)
    await logIn(person, { name: 'other', as: { username: other.name, password: other.password } })
    const env = { ZPROM_ZITI_LOGIN: 'other' }
    assert.equal(documentOf(await person.run(['whoami', '--json'], { env })).identity, other.name)
    assertEnded(
      await person.run(['whoami', '--ziti-login', 'none']),
      2,
      /no login named "none"; there are: default, other/,
    )
    assertEnded(await person.run(['whoami', '--ziti-login', 'other', '--profile', 'x']), 2)
    const elsewhere = { ...env, ZPROM_CONTROLLER: 'https://elsewhere.example:1280' }
    const ran = await person.run(['whoami'], { env: elsewhere })
    assertEnded(
      ran,
      2,
      /ZPROM_CONTROLLER is https:\/\/elsewhere\.example:1280, but ZPROM_ZITI_LOGIN \(other\) is a login to/,
    )
    await person.ok(['whoami'], { env: { ...env, ZPROM_CONTROLLER: world.overlay.url } })
  })

  it('gives way to a login of zprom', async () => {
    const person = await world.member()
    await logIn(person)
    assert.match(await person.ok(['whoami']), /by profile "default"/)
  })

  it('whose session has ended ends the run with 4, and ziti is what to log in with', async () => {
    const person = await world.newcomer()
    const other = await passwordAdmin(world.overlay)
    await logIn(person, { as: { username: other.name, password: other.password } })
    const { token, apiSession } = JSON.parse(await readFile(cacheOf(person), 'utf8')).edgeIdentities.default
    if (apiSession?.type === 'oidc') await revokeBearer(world.overlay, apiSession.oidcAccessToken)
    else if (token !== '' || apiSession !== undefined) await endSessionsOf(world.overlay, other.id)
    assertEnded(await person.run(['whoami']), 4, /the session has ended/, /ziti edge login --cli-identity default/)
  })

  it('that is damaged is said where it is named, and no login otherwise', async () => {
    const person = await world.newcomer()
    await mkdir(join(cacheOf(person), '..'), { recursive: true })
    await person.write('../.config/ziti/ziti-cli.json', '{"edgeIdentities": ["secret"]}')
    assertEnded(await person.run(['whoami', '--ziti-login', 'default']), 8, /not a cache of "ziti edge login"/)
    assertEnded(await person.run(['whoami']), 2, /no controller selected/)
  })
})
