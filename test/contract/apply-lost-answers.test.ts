import assert from 'node:assert/strict'
import { kindOf, kinds } from '../../src/kinds/index.js'
import type { Report } from '../../src/model/report.js'
import { type Fate, type FaultProxy, startProxy } from '../support/proxy.js'
import { newWorld, type World } from '../support/world.js'
import { assertEmpty } from '../support/world-checks.js'
import { everythingOf, topologyOf } from './kinds-samples.js'

describe('a create whose answer is lost', () => {
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

  async function assertWhole(report: Report): Promise<void> {
    assert.deepEqual([...new Set(report.outcomes.map(({ result }) => result))], ['done'])
    for (const { name, path } of kinds) {
      const wanted = topology().entities.filter(({ kind }) => kind === name).length
      const rows = await world.admin.list(path, `tags.zprom_stack = "${world.word}"`)
      assert.equal(rows.length, wanted, `${rows.length} of kind ${name}`)
    }
    assertEmpty((await world.preview(topology())).plan)
  }

  for (const { name, path } of kinds) {
    it(`is looked up: the ${name} is there once, and the step is done`, async () => {
      proxy.on('POST', path, 'lose-answer')
      const { report } = await world.converge(topology(), { through: proxy })
      await assertWhole(report)
      const found = report.outcomes.filter(({ detail }) => detail === 'was there already')
      assert.deepEqual(
        found.map(({ address }) => address.split('/')[0]),
        [name],
      )
      const creates = topology().entities.filter(({ kind }) => kindOf(kind).path === path).length
      assert.equal(proxy.count('POST', path), creates)
    })
  }

  for (const [what, fate] of [
    ['is lost on the way', 'lose-answer'],
    ['breaks off in the middle', 'cut-off'],
    ['says 500 though it is done', { status: 500, committed: true }],
    ['says 503 though it is done', { status: 503, committed: true }],
    ['says 429 though it is done', { status: 429, committed: true }],
  ] as const satisfies (readonly [string, Fate])[]) {
    it(`of every kind at once makes no duplicates, when every answer ${what}`, async () => {
      for (const { path } of kinds) proxy.on('POST', path, fate, 100)
      const { report } = await world.converge(topology(), { through: proxy })
      await assertWhole(report)
      assert.ok(report.outcomes.every(({ detail }) => detail === 'was there already'))
    })
  }

  it('is looked up with a request that may fail too', async () => {
    proxy.on('POST', '/services', 'lose-answer')
    proxy.on('POST', '/services', async () => {
      throw new Error('the service was created twice')
    })
    // The first look belongs to the plan.
    proxy.on('GET', '/services', 'pass')
    proxy.on('GET', '/services', 'reset', 2)
    const { report } = await world.converge(topology(), { through: proxy })
    await assertWhole(report)
  })

  it('is mended when what was found differs: another run of an older spec made it in between', async () => {
    const [identity] = topology().entities
    assert.ok(identity?.kind === 'identity')
    const tags = { zprom_stack: world.word, zprom_address: 'cluster/old', zprom_format: '1' }
    proxy.on('POST', '/identities', async () => {
      const body = { name: identity.name, type: 'Device', isAdmin: true, roleAttributes: ['old'], tags }
      await world.admin.create('/identities', body)
      return 'pass'
    })
    await assertWhole((await world.converge(topology(), { through: proxy })).report)
  })
})
