import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Hosting, Overlay } from '../../src/edge/index.js'
import { parseIdentityFile } from '../../src/enroll/index.js'
import { ControllerError } from '../../src/errors.js'
import { type EdgeWorld, echo, exchange, newEdgeWorld } from '../support/edge-world.js'
import { type FaultProxy, startTwoProxies } from '../support/proxy.js'
import { failureOf } from '../support/world-checks.js'

// One real controller under two addresses stands for two of a cluster; a real cluster is in edge-cluster.test.ts.
describe('the data plane with a list of controllers', () => {
  let world: EdgeWorld
  let first: FaultProxy
  let second: FaultProxy
  let hosting: Hosting
  before(async () => {
    world = await newEdgeWorld()
    const { echo: service, reflect } = world.names
    hosting = await (await world.as(reflect)).host(service, { identity: reflect }, echo)
  })
  after(async () => {
    await hosting?.close()
    await world?.end()
  })
  beforeEach(async () => {
    const { developer } = world.names
    const text = await readFile(join(world.outDir, 'developers', `${developer}.json`), 'utf8')
    const { keyPem, certPems } = parseIdentityFile(text, { name: developer })
    const certificate = { key: keyPem, cert: certPems.join('\n') }
    ;[first, second] = await startTwoProxies({ ...world.overlay, certificate })
  })
  afterEach(() => Promise.all([first?.close(), second?.close()]))

  const open = (timeoutMs = 10_000) =>
    world.as(world.names.developer, {
      url: first.url,
      others: [second.url],
      ca: first.ca,
      timeoutMs,
    })
  const dial = (overlay: Overlay) => overlay.dial(world.names.echo, { identity: world.names.reflect, timeoutMs: 8000 })
  const works = async (overlay: Overlay) =>
    assert.equal((await exchange(await dial(overlay), Buffer.from('works'))).toString(), 'works')

  it('keeps to the first while it answers', async () => {
    await works(await open())
    assert.equal(second.connections(), 0)
  })

  it('begins with the next when the first is not there', async () => {
    await first.close()
    await works(await open())
  })

  it('asks the next when the first is lost, and what is open goes on', async () => {
    const overlay = await open()
    const before = await dial(overlay)
    await first.close()
    assert.ok((await overlay.services()).some(({ name }) => name === world.names.echo))
    await works(overlay)
    assert.equal((await exchange(before, Buffer.from('still'))).toString(), 'still')
    assert.equal(second.count('POST', '/authenticate'), 0, 'the session is good at the controller behind both')
  })

  it('asks the next when the first hangs', async () => {
    const overlay = await open(500)
    first.on('*', '', 'hang', 1000)
    await overlay.services()
    assert.ok(second.count('GET', '/services') > 0)
  })

  it('logs in anew at the next when that does not know the session', async () => {
    const overlay = await open()
    await overlay.services()
    await first.close()
    second.on('GET', '/services', { status: 401 })
    await overlay.services()
    assert.equal(second.count('POST', '/authenticate'), 1)
  })

  it('stays where it is for one connection that broke', async () => {
    const overlay = await open()
    first.on('GET', '/services', 'reset')
    await overlay.services()
    assert.equal(second.connections(), 0)
  })

  it('says what became of each when none answers', async () => {
    await Promise.all([first.close(), second.close()])
    const error = await failureOf((await open()).services())
    assert.ok(error instanceof ControllerError, error.stack)
    assert.match(error.message, /none of the 2 controllers/)
    for (const { url } of [first, second]) assert.ok(error.message.includes(url), error.message)
  })
})
