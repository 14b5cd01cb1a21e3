import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { Person } from '../support/cli.js'
import { assertEnded, profileStore, useWorld } from '../support/cli-world.js'
import { type FaultProxy, startTwoProxies } from '../support/proxy.js'

// One real controller under two addresses: which of them is asked, told and remembered.
describe('a list of controllers on the command line', () => {
  const world = useWorld()
  let first: FaultProxy
  let second: FaultProxy
  beforeEach(async () => {
    ;[first, second] = await startTwoProxies(world.overlay)
  })
  afterEach(() => Promise.all([first?.close(), second?.close()]))

  const list = () => `${first.url},${second.url}`
  const readProfile = async (person: Person) => JSON.parse(await person.read(profileStore)).profiles.default

  async function newMember(): Promise<Person> {
    const person = await world.newcomer()
    const { username, passwordFile } = world.overlay
    await person.write('proxy-ca.pem', first.ca)
    const login = ['login', list(), '--username', username, '--password-file', passwordFile]
    await person.ok([...login, '--ca', join(person.folder, 'proxy-ca.pem')])
    return person
  }

  it('is remembered by a login, and the one that answers is used', async () => {
    await first.close()
    const { url, others, session } = await readProfile(await newMember())
    assert.deepEqual({ url, others }, { url: second.url, others: [first.url] })
    assert.ok(session.token.length > 8)
  })

  it('serves the next commands when the first is lost: they say so, log in again, and begin there the time after', async () => {
    const person = await newMember()
    const { url, others } = await readProfile(person)
    assert.deepEqual({ url, others }, { url: first.url, others: [second.url] })
    await first.close()
    await person.write('zprom.yaml', 'stack: listed\ndevelopers: [{name: listed.client}]\n')
    const told = await person.run(['plan'])
    assertEnded(told, 0, new RegExp(`${first.url}: nothing listens there .*; going on with ${second.url}`))
    assert.equal((await readProfile(person)).sessionOf, second.url)
    const logins = second.count('POST', '/authenticate')
    assertEnded(await person.run(['plan']), 0)
    assert.doesNotMatch((await person.run(['plan'])).stderr, /going on with/)
    assert.equal(second.count('POST', '/authenticate'), logins)
  })

  it('is taken from the environment, with commas between', async () => {
    await first.close()
    const person = await world.newcomer()
    await person.write('proxy-ca.pem', first.ca)
    await person.write('zprom.yaml', 'stack: listed\ndevelopers: [{name: listed.client}]\n')
    const { username, password } = world.overlay
    const env = {
      ZPROM_CONTROLLER: list(),
      ZPROM_USERNAME: username,
      ZPROM_PASSWORD: password,
      ZPROM_CA: join(person.folder, 'proxy-ca.pem'),
    }
    assertEnded(await person.run(['plan'], { env }), 0, /going on with/)
  })

  it('is taken from the spec, which any of them then fits', async () => {
    const person = await newMember()
    const spec = (...urls: string[]) =>
      `stack: listed\noverlay:\n  controller: [${urls.join(', ')}]\ndevelopers: [{name: listed.client}]\n`
    await person.write('zprom.yaml', spec(second.url, 'https://else.example:1280'))
    assertEnded(await person.run(['plan']), 0)
    await person.write('zprom.yaml', spec('https://else.example:1280', 'https://more.example:1280'))
    const env = { ZPROM_PROFILE: 'default' }
    assertEnded(await person.run(['plan'], { env }), 2, /the spec is for https:\/\/else\.example:1280/)
  })

  it('is known to a later login that names the one which is lost', async () => {
    const person = await newMember()
    await first.close()
    const { passwordFile } = world.overlay
    await person.ok(['login', first.url, '--password-file', passwordFile])
    assert.equal((await readProfile(person)).url, second.url)
  })

  it('is no list to choose from by trust: one that the CA does not vouch for ends the login', async () => {
    const person = await newMember()
    const { url, username, passwordFile } = world.overlay
    const login = ['login', `${url},${second.url}`, '--profile', 'mixed', '--username', username]
    const ran = await person.run([...login, '--password-file', passwordFile, '--ca', 'proxy-ca.pem'])
    assertEnded(ran, 5, new RegExp(`${url}: .*CA`))
  })

  it('has whoami name the one that answers', async () => {
    const person = await newMember()
    await first.close()
    assert.match(await person.ok(['whoami']), new RegExp(` at ${second.url}, `))
  })

  it('is refused with the place of what is no URL', async () => {
    const person = await world.newcomer()
    assertEnded(await person.run(['login', `${first.url},http://b.example`, '--yes']), 2, /http:\/\/b\.example/)
  })
})
