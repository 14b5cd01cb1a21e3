import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { kindOf, record } from '../../src/kinds/index.js'
import { isAdoptable } from '../../src/model/conflict.js'
import { type Address, entityKinds } from '../../src/model/entity.js'
import { suiteSecrets } from '../support/secrets.js'
import { newWorld, type World } from '../support/world.js'
import { assertEmpty, failureOf, stepsOf } from '../support/world-checks.js'

describe('what was built by hand', function () {
  this.timeout(60_000)
  let world: World
  beforeEach(async () => {
    world = await newWorld()
  })
  afterEach(() => world.end())
  const wish = () => ({
    clusters: [{ name: world.word, prometheus: 'tunneled' as const }],
    developers: [{ name: `dev.${world.word}` }],
  })
  // Made with the real flows, then stripped of our tags: what is left is what somebody else's hands would have made.
  const buildByHand = async (tags: Record<string, unknown> = { made: 'by hand' }) => {
    await world.converge(wish())
    const { entities } = world.topologyOf(wish())
    for (const entity of entities) {
      // A config's data goes with every change of it.
      const data = entity.kind === 'config' ? { data: entity.fields.data } : {}
      await world.change(entity.kind, entity.name, { tags, ...data })
    }
    return entities
  }

  it('is a conflict, entity by entity, until it is adopted', async () => {
    const entities = await buildByHand()
    const { plan } = await world.preview(wish())
    assert.equal(plan.conflicts.length, entities.length)
    assert.match(plan.conflicts[0]?.hint ?? '', /--adopt /)
    await failureOf(world.converge(wish()))
  })

  it('is taken over as a whole, keeps its other tags and its ids, and is ours afterwards', async () => {
    const entities = await buildByHand({ team: 'metrics' })
    const before = await world.find('service', `${world.word}.reflect.svc`)
    const { plan } = await world.converge(wish(), { adopt: 'all' })
    assert.deepEqual(stepsOf(plan).length, entities.length)
    assert.ok(plan.steps.every(({ change }) => change.action === 'update'))
    assertEmpty((await world.preview(wish())).plan)
    const after = await world.find('service', `${world.word}.reflect.svc`)
    assert.equal(after?.id, before?.id)
    const { team, zprom_stack } = record(after ?? {}, 'tags', 'service')
    assert.deepEqual([team, zprom_stack], ['metrics', world.word])
  })

  it('is made what the spec says where it differs', async () => {
    await buildByHand()
    await world.change('identity', `dev.${world.word}`, { roleAttributes: ['other'] })
    const { plan } = await world.preview(wish(), { adopt: 'all' })
    const step = plan.steps.find(({ change }) => change.address === `identity/dev.${world.word}`)
    assert.ok(step?.change.action === 'update')
    assert.deepEqual(step.change.fields.map(({ field }) => field).sort(), ['roleAttributes', 'tags'])
    await world.converge(wish(), { adopt: 'all' })
    assertEmpty((await world.preview(wish())).plan)
  })

  it('is given the encryption that the spec asks for, which no PATCH changes', async () => {
    const name = `${world.word}.reflect.svc`
    await world.admin.create('/services', { name, encryptionRequired: false, terminatorStrategy: 'random' })
    const adopt = new Set<Address>([`service/${name}`])
    const { plan } = await world.preview(wish(), { adopt })
    assert.deepEqual(plan.conflicts, [])
    await world.converge(wish(), { adopt })
    assertEmpty((await world.preview(wish())).plan)
    const there = await world.find('service', name)
    assert.deepEqual([there?.encryptionRequired, there?.terminatorStrategy], [true, 'random'])
  })

  it('is taken over item by item', async () => {
    const entities = await buildByHand()
    const { plan } = await world.preview(wish(), { adopt: new Set([`developer/dev.${world.word}`]) })
    assert.deepEqual(stepsOf(plan), [`update identity/dev.${world.word}`])
    assert.equal(plan.conflicts.length, entities.length - 1)
    const { conflicts } = (await world.preview(wish(), { adopt: new Set(['cluster/nope']) })).plan
    assert.match(conflicts.find(one => String(one.address) === 'cluster/nope')?.reason ?? '', /asks for no such entity/)
  })

  it('is taken over address by address, the rest staying a conflict', async () => {
    const entities = await buildByHand()
    const { plan } = await world.preview(wish(), { adopt: new Set<Address>([`service/${world.word}.reflect.svc`]) })
    assert.deepEqual(stepsOf(plan), [`update service/${world.word}.reflect.svc`])
    assert.equal(plan.conflicts.length, entities.length - 1)
  })

  it('is not taken over when it is an administrator, or the identity of a router', async () => {
    const names = [`boss.${world.word}`, `router.${world.word}`] as const
    const [boss, router] = names
    await world.admin.create('/identities', { name: boss, type: 'Device', isAdmin: true, enrollment: { ott: true } })
    const { id } = await world.admin.create('/edge-routers', { name: router, isTunnelerEnabled: true })
    try {
      const { plan } = await world.preview({ developers: names.map(name => ({ name })) }, { adopt: 'all' })
      assert.deepEqual(
        plan.conflicts.map(({ address, reason }) => [address, reason]),
        [
          [`identity/${boss}`, "an identity of this name is an administrator's, and stays so"],
          [`identity/${router}`, "an identity of this name is an edge router's, and stays so"],
        ],
      )
      assert.ok(plan.conflicts.every(({ hint }) => /no --adopt .*another developer name/.test(hint)))
      assert.ok(!plan.conflicts.some(isAdoptable))
      assert.deepEqual(stepsOf(plan), [])
    } finally {
      await world.admin.remove('/edge-routers', id)
    }
  })

  it('gets no token beside a password or an external id that it has, unless one is asked for', async () => {
    const name = `dev.${world.word}`
    const { id } = await world.admin.create('/identities', { name, type: 'Device', isAdmin: false })
    const password = randomBytes(12).toString('hex')
    suiteSecrets.secret('the password of an identity', password)
    await world.admin.post('/authenticators', { method: 'updb', identityId: id, username: name, password })
    await world.admin.patch('/identities', id, { externalId: name })
    const developers = { developers: [{ name }] }
    const { plan } = await world.converge(developers, { adopt: 'all' })
    assert.deepEqual([stepsOf(plan), plan.enrollments], [[`update identity/${name}`], []])
    assert.match(plan.notices[0]?.reason ?? '', /logs in by externalId, updb already, so no token is issued/)
    assertEmpty((await world.preview(developers)).plan)
    const enrolled = (await world.verify(developers)).find(check => check.id === `enrolled/${name}`)
    assert.match(enrolled?.detail ?? '', /it logs in by externalId, updb/)
    const asked = await world.converge(developers, { reEnroll: [name] })
    assert.deepEqual(
      asked.plan.enrollments.map(({ action, token }) => [action, token]),
      [['save-token', 'issue']],
    )
  })

  it('is not taken from another stack', async () => {
    await world.converge({ ...wish(), stack: `${world.word}other` })
    const { plan } = await world.preview(wish(), { adopt: 'all' })
    assert.ok(plan.conflicts.length > 0)
    assert.ok(plan.conflicts.every(({ reason }) => reason.includes('belongs to the stack')))
    for (const kind of entityKinds.toReversed())
      for (const { name } of world.topologyOf(wish()).entities.filter(one => one.kind === kind)) {
        const there = await world.find(kind, name)
        if (there !== undefined) await world.admin.remove(kindOf(kind).path, there.id)
      }
  })
})
