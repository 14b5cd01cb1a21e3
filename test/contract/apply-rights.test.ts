import assert from 'node:assert/strict'
import { AuthError } from '../../src/errors.js'
import { type FaultProxy, startProxy } from '../support/proxy.js'
import { newWorld, type World } from '../support/world.js'
import { assertEmpty, failureOf } from '../support/world-checks.js'
import { everythingOf, topologyOf } from './kinds-samples.js'

describe('a login that may not', () => {
  let world: World
  let proxy: FaultProxy
  beforeEach(async () => {
    world = await newWorld()
    proxy = await startProxy(world.overlay)
  })
  afterEach(async () => {
    await proxy?.close()
    await world?.end()
  })

  const topology = () => topologyOf(world.word, everythingOf(world.word))
  const writes = () => proxy.seen.filter(({ method, path }) => method !== 'GET' && !path.endsWith('/authenticate'))

  it('administrate is told that it lacks the right, not that its session ended, and logs in once', async () => {
    const login = { username: `${world.word}-user`, password: 'only-a-user-1' }
    const { id } = await world.admin.create('/identities', { name: world.word, type: 'Device', isAdmin: false })
    await world.admin.post('/authenticators', { method: 'updb', identityId: id, ...login })
    const error = await failureOf(world.converge(topology(), { through: proxy, login }))
    assert.ok(error instanceof AuthError)
    assert.match(error.message, /this login may not GET \/edge\/management\/v1\//)
    assert.match(error.hint ?? '', /log in as an administrator: the login works, but lacks the right/)
    assert.equal(proxy.count('POST', '/authenticate'), 1)
    assert.deepEqual(writes(), [])
  })

  it('log in because its password is wrong is told so, without a second try and without the password', async () => {
    const login = { username: world.overlay.username, password: 'not-the-password' }
    const error = await failureOf(world.converge(topology(), { through: proxy, login }))
    assert.ok(error instanceof AuthError)
    assert.match(error.message, /the login of "admin" was refused/)
    assert.equal(proxy.count('POST', '/authenticate'), 1)
    assert.ok(!`${error.stack}${error.hint}${JSON.stringify(error)}`.includes(login.password))
  })

  it('log in because the password is of no possible form is told so, and the echo of the API is not shown', async () => {
    const login = { username: world.overlay.username, password: 'xq7!' }
    const error = await failureOf(world.converge(topology(), { through: proxy, login }))
    assert.ok(error instanceof AuthError)
    assert.ok(!`${error.stack}${error.hint}${JSON.stringify(error)}`.includes(login.password))
  })

  it('write, by its own profile, can look at the plan, and nothing is sent when it tries to apply it', async () => {
    const { plan } = await world.preview(topology(), { readOnly: true })
    assert.equal(plan.steps.length, topology().entities.length)
    const error = await failureOf(world.converge(topology(), { through: proxy, readOnly: true }))
    assert.ok(error instanceof AuthError)
    assert.match(error.message, /marked read-only, so nothing was sent/)
    assert.match(error.hint ?? '', /without --read-only/)
    assert.deepEqual(writes(), [])
  })

  it('write, with nothing to write, ends well', async () => {
    await world.converge(topology())
    const { plan, report } = await world.converge(topology(), { readOnly: true })
    assertEmpty(plan)
    assert.deepEqual(report.outcomes, [])
  })
})
