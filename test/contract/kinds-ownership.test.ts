import assert from 'node:assert/strict'
import { ApplyError } from '../../src/errors.js'
import { hostTcp, intercept } from '../../src/expand/fields.js'
import { kindOf, type Raw } from '../../src/kinds/index.js'
import { type FaultProxy, startProxy } from '../support/proxy.js'
import { newWorld, type World } from '../support/world.js'
import { failureOf, reportOf } from '../support/world-checks.js'
import { samples, subjectOf, topologyOf } from './kinds-samples.js'

// The least that each kind takes, as another tool would make it.
const foreign: Readonly<Record<string, Raw>> = {
  identity: { type: 'Device', isAdmin: false, roleAttributes: ['theirs'] },
  config: { data: { protocols: ['tcp'], addresses: ['theirs.ziti'], portRanges: [{ low: 1, high: 2 }] } },
  service: { encryptionRequired: false },
  'service-policy': { type: 'Bind', semantic: 'AnyOf' },
  'edge-router-policy': { semantic: 'AnyOf' },
  'service-edge-router-policy': { semantic: 'AnyOf' },
}

describe('what zprom does not own', () => {
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

  const writes = () => proxy.seen.filter(({ method, path }) => method !== 'GET' && !path.endsWith('/authenticate'))

  for (const sample of samples) {
    const { kind } = sample

    it(`is never changed: a same-named ${kind} without our tags is a conflict, and nothing at all is written`, async () => {
      const { name, address } = subjectOf(sample, world)
      const configTypeId = (await world.observe()).configTypes.get('intercept.v1')
      const body = { ...foreign[kind], ...(kind === 'config' && { configTypeId }), tags: { made: 'by hand' } }
      await world.admin.create(kindOf(kind).path, { name, ...body })
      const before = await world.find(kind, name)
      const error = await failureOf(
        world.converge(topologyOf(world.word, sample.entities(world.word)), { through: proxy }),
      )
      assert.ok(error instanceof ApplyError)
      assert.match(error.message, /nothing was changed, because of 1 conflict/)
      assert.ok(
        error.message.includes(
          `${address}: an entity of this name exists and was not made by zprom; take it over with --adopt ${address}`,
        ),
      )
      assert.deepEqual(writes(), [])
      assert.deepEqual(await world.find(kind, name), before)
    })

    it(`is never changed: a same-named ${kind} of another stack is a conflict that names the stack`, async () => {
      const entities = sample.entities(world.word)
      const { address } = subjectOf(sample, world)
      await world.converge(topologyOf(world.word, entities))
      const error = await failureOf(world.converge(topologyOf('mine', entities), { through: proxy }))
      assert.ok(error instanceof ApplyError)
      assert.ok(error.message.includes(`${address}: an entity of this name belongs to the stack "${world.word}"`))
      assert.match(error.message, new RegExp(`set "stack: ${world.word}"`))
      assert.deepEqual(writes(), [])
    })
  }

  it('includes what came up since the plan was made: the create is a failed step, and theirs stays as it is', async () => {
    const sample = samples.find(({ kind }) => kind === 'identity')
    assert.ok(sample !== undefined)
    const { name, address } = subjectOf(sample, world)
    proxy.on('POST', '/identities', async () => {
      await world.admin.create('/identities', { name, ...foreign.identity })
      return 'pass'
    })
    const error = await failureOf(
      world.converge(topologyOf(world.word, sample.entities(world.word)), { through: proxy }),
    )
    const [outcome] = reportOf(error).outcomes
    assert.deepEqual([outcome?.address, outcome?.result], [address, 'failed'])
    assert.match(outcome?.detail ?? '', /not made by zprom; it came up since the plan was made/)
    assert.match(outcome?.hint ?? '', /rename it/)
    assert.deepEqual((await world.find('identity', name))?.roleAttributes, ['theirs'])
  })

  it('includes a config that another run of ours made in between, but of another type', async () => {
    const { word } = world
    proxy.on('POST', '/configs', async () => {
      await world.converge(topologyOf(word, [hostTcp(word, 'x.default')]))
      return 'pass'
    })
    const error = await failureOf(world.converge(topologyOf(word, [intercept(word, 'x.ziti')]), { through: proxy }))
    const [outcome] = reportOf(error).outcomes
    assert.match(outcome?.detail ?? '', /its configType is host\.v1 and must be intercept\.v1/)
    assert.match(outcome?.hint ?? '', new RegExp(`delete config/${word}`))
    assert.deepEqual(Object((await world.find('config', word))?.data).address, 'x.default')
  })

  it('never loses a config to another type: that cannot be changed, so it is a conflict that says what to do', async () => {
    await world.converge(topologyOf(world.word, [intercept(world.word, 'x.ziti')]))
    const error = await failureOf(
      world.converge(topologyOf(world.word, [hostTcp(world.word, 'x.default')]), { through: proxy }),
    )
    assert.match(error.message, /its configType is intercept\.v1 and must be host\.v1, but that can't be changed/)
    assert.match(error.message, new RegExp(`delete config/${world.word} on the controller`))
    assert.deepEqual(writes(), [])
  })
})
