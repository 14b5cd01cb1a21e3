import assert from 'node:assert/strict'
import { ControllerError } from '../../src/errors.js'
import type { Entity } from '../../src/model/entity.js'
import { type Fate, type FaultProxy, startProxy } from '../support/proxy.js'
import { newWorld, type World } from '../support/world.js'
import { assertEmpty, failureOf } from '../support/world-checks.js'
import { topologyOf } from './kinds-samples.js'

const fates: readonly (readonly [string, Fate])[] = [
  ['that is reset', 'reset'],
  ['whose answer breaks off', 'cut-off'],
  ['without an answer in time', 'hang'],
  ['answered 429', { status: 429 }],
  ['answered 500', { status: 500 }],
  ['answered 503', { status: 503 }],
]

describe('a request that fails for a moment', () => {
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

  const run = () => world.converge(topology(), { through: proxy, timeoutMs: 1_000 })
  const identityOf = (name: string): Entity => ({
    kind: 'identity',
    name,
    fields: { isAdmin: false, roleAttributes: [] },
  })
  const topology = () => topologyOf(world.word, [identityOf(`${world.word}.there`), identityOf(`${world.word}.new`)])

  // Something to log in for, to read, to change and to create.
  async function prepare(): Promise<void> {
    await world.converge(topologyOf(world.word, [identityOf(`${world.word}.there`)]))
    await world.change('identity', `${world.word}.there`, { roleAttributes: ['by hand'] })
  }

  for (const [what, method, path] of [
    ['a log-in', 'POST', '/authenticate'],
    ['a list', 'GET', '/service-policies'],
    ['a create', 'POST', '/identities'],
    ['an update', 'PATCH', ''],
  ] as const) {
    for (const [how, fate] of fates) {
      it(`is made again: ${what} ${how}`, async () => {
        await prepare()
        proxy.on(method, path, fate, 2)
        const { report } = await run()
        assert.deepEqual(
          report.outcomes.map(({ action, result }) => `${action} ${result}`),
          ['create done', 'update done'],
        )
        assertEmpty((await world.preview(topology())).plan)
      })
    }
  }

  it('is given up when it goes on, with an error that names method, path and status, and says what to do', async () => {
    proxy.on('GET', '/configs', { status: 503 }, 100)
    const error = await failureOf(run())
    assert.ok(error instanceof ControllerError)
    assert.match(error.message, /GET \/edge\/management\/v1\/configs was answered 503 CLUSTER_NO_LEADER/)
    assert.deepEqual([error.detail.status, error.detail.retryable], [503, true])
    assert.ok(proxy.count('GET', '/configs') > 2)
  })

  it('is not made again when the controller understood and refused it', async () => {
    const word = `${world.word}\u0000`
    const bad: Entity = {
      kind: 'service',
      name: word,
      fields: { configs: [], encryptionRequired: true, roleAttributes: ['#no'] },
    }
    const error = await failureOf(world.converge(topologyOf(world.word, [bad]), { through: proxy }))
    assert.match(error.message, /1 of 1 step failed/)
    assert.equal(proxy.count('POST', '/services'), 1)
  })
})
