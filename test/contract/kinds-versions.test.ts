// Where versions of the controller differ, or all of them surprise: the same assertions hold on each.
import assert from 'node:assert/strict'
import type { Controller } from '../../src/controller/index.js'
import { ApplyError, ControllerError } from '../../src/errors.js'
import { intercept, service } from '../../src/expand/fields.js'
import { type Raw, record } from '../../src/kinds/index.js'
import type { Entity } from '../../src/model/entity.js'
import { newWorld, type World } from '../support/world.js'
import { assertEmpty, failureOf, reportOf, stepsOf } from '../support/world-checks.js'
import { call } from './enroll-wire-world.js'
import { topologyOf } from './kinds-samples.js'

describe('what versions of the controller do in ways of their own', () => {
  let world: World
  beforeEach(async () => {
    world = await newWorld()
  })
  afterEach(() => world?.end())

  const put = async (path: string, body: Raw) => {
    const { token } = await world.admin.session()
    const url = `${world.overlay.url}/edge/management/v1${path}`
    assert.equal((await call('PUT', url, { headers: { 'zt-session': token }, body })).status, 200)
  }

  const identity = (): Entity => ({
    kind: 'identity',
    name: `${world.word}.id`,
    fields: { isAdmin: false, roleAttributes: [] },
  })

  it('an identity keeps the type Device on 0.28 and becomes Default later; neither is a change', async () => {
    const topology = topologyOf(world.word, [identity()])
    await world.converge(topology)
    const typeId = (await world.find('identity', `${world.word}.id`))?.typeId
    assert.equal(typeId, world.overlay.line === '0.28' ? 'Device' : 'Default')
    assertEmpty((await world.preview(topology)).plan)
  })

  it('an empty collection is null or [], by version and history; neither is a change', async () => {
    const topology = topologyOf(world.word, [identity(), service(`${world.word}.svc`, [])])
    await world.converge(topology)
    assertEmpty((await world.preview(topology)).plan)
    await world.change('identity', `${world.word}.id`, { roleAttributes: ['x'] })
    await world.change('identity', `${world.word}.id`, { roleAttributes: [] })
    await world.change('service', `${world.word}.svc`, { roleAttributes: ['x'] })
    await world.change('service', `${world.word}.svc`, { roleAttributes: [] })
    assertEmpty((await world.preview(topology)).plan)
  })

  it('an empty PATCH is an error on 2.x, so none is sent', async () => {
    const { id } = await world.admin.create('/identities', { name: world.word, type: 'Device', isAdmin: false })
    const before = world.admin.requests()
    await world.admin.patch('/identities', id, {})
    assert.equal(world.admin.requests(), before)
  })

  it('a config is refused without its data, so the data goes along when only the tags change', async () => {
    const entities = [intercept(`${world.word}.intercept`, 'x.ziti')]
    await world.converge(topologyOf(world.word, entities))
    const { plan } = await world.converge(topologyOf(world.word, entities, 'cluster/moved'))
    assert.deepEqual(stepsOf(plan), [`update config/${world.word}.intercept`])
    assertEmpty((await world.preview(topologyOf(world.word, entities, 'cluster/moved'))).plan)
  })

  it('config types are looked up on the controller: the same name always means the id that it has there', async () => {
    const { configTypes } = await world.observe()
    await world.converge(topologyOf(world.word, [intercept(world.word, 'x.ziti')]))
    assert.equal((await world.find('config', world.word))?.configTypeId, configTypes.get('intercept.v1'))
    const rows = await world.admin.listByName('/config-types', ['host.v1', 'intercept.v1'])
    assert.equal(rows.length, 2)
  })

  it('a role that names an entity is sent as its id: names are refused', async () => {
    const policy: Entity = {
      kind: 'service-policy',
      name: `${world.word}.bind`,
      fields: {
        type: 'Bind',
        semantic: 'AnyOf',
        serviceRoles: [],
        identityRoles: [`@${world.word}.id`],
        postureCheckRoles: [],
      },
    }
    await world.converge(topologyOf(world.word, [identity(), policy]))
    const id = (await world.find('identity', `${world.word}.id`))?.id
    assert.deepEqual((await world.find('service-policy', policy.name))?.identityRoles, [`@${id}`])
    const byName = { name: `${world.word}.no`, type: 'Bind', semantic: 'AnyOf', identityRoles: [`@${world.word}.id`] }
    const error = await failureOf(world.admin.create('/service-policies', byName))
    assert.ok(error instanceof ControllerError && error.detail.status === 400)
  })

  it('a rename to a taken name is answered 200 and dropped; the plan goes by what is there', async () => {
    const [a, b] = [`${world.word}.a`, `${world.word}.b`]
    const topology = topologyOf(world.word, [service(a, []), service(b, [])])
    await world.converge(topology)
    await world.change('service', a, { name: b, roleAttributes: ['dropped'] })
    assertEmpty((await world.preview(topology)).plan)
  })

  it('an entity that was renamed by hand is made again, and the renamed one is named as no longer wanted', async () => {
    const [a, b] = [`${world.word}.a`, `${world.word}.b`]
    const topology = topologyOf(world.word, [service(a, [])])
    await world.converge(topology)
    await world.change('service', a, { name: b })
    const { plan } = await world.converge(topology)
    assert.deepEqual(stepsOf(plan), [`create service/${a}`])
    assert.deepEqual(plan.orphans, [`service/${b}`])
  })

  it('the encryption of a service can be changed by PUT alone, which drops what it lacks: all of it is sent', async () => {
    const name = `${world.word}.svc`
    const topology = topologyOf(world.word, [
      intercept(`${name}.intercept`, `${name}.ziti`),
      service(name, [`${name}.intercept`]),
    ])
    await world.converge(topology)
    const made = await world.find('service', name)
    const theirs = {
      name,
      configs: [],
      encryptionRequired: false,
      terminatorStrategy: 'random',
      maxIdleTimeMillis: 120_000,
    }
    await put(`/services/${made?.id}`, {
      ...theirs,
      tags: { ...record(made ?? {}, 'tags', 'service'), team: 'metrics' },
    })
    const { plan } = await world.preview(topology)
    assert.deepEqual([stepsOf(plan), plan.conflicts], [[`update service/${name}`], []])
    const [step] = plan.steps
    assert.ok(step?.change.action === 'update')
    assert.deepEqual(
      step.change.fields.map(({ field, before, after, cause }) => [field, before, after, cause]),
      [
        ['configs', [], [`${name}.intercept`], 'network'],
        ['encryptionRequired', false, true, 'network'],
      ],
    )
    await world.converge(topology)
    assertEmpty((await world.preview(topology)).plan)
    const after = await world.find('service', name)
    assert.deepEqual(
      [after?.id, after?.encryptionRequired, after?.terminatorStrategy, record(after ?? {}, 'tags', 'service').team],
      [made?.id, true, 'random', 'metrics'],
    )
    // Not known to 0.28, and kept by those that know it.
    assert.equal(after?.maxIdleTimeMillis, made?.maxIdleTimeMillis === undefined ? undefined : 120_000)
    // A later change of another field is a PATCH as ever.
    await world.change('service', name, { roleAttributes: ['more'] })
    await world.converge(topology)
    assertEmpty((await world.preview(topology)).plan)
    assert.equal((await world.find('service', name))?.terminatorStrategy, 'random')
  })

  for (const [method, change] of [
    ['PUT', { encryptionRequired: false }],
    ['PATCH', { roleAttributes: ['by hand'] }],
  ] as const) {
    it(`a service that is deleted while the plan is looked at is a failed step that says so, not a bare 404 of the ${method}`, async () => {
      const name = `${world.word}.svc`
      const topology = topologyOf(world.word, [service(name, [])])
      await world.converge(topology)
      const made = await world.find('service', name)
      await put(`/services/${made?.id}`, { ...made, configs: [], ...change })
      const remove = async () => {
        await world.admin.remove('/services', String(made?.id))
        return true
      }
      const [outcome] = reportOf(await failureOf(world.converge(topology, { confirm: remove }))).outcomes
      assert.equal(outcome?.detail, `service/${name}: it is gone; somebody deleted it since the plan was made`)
      assert.equal(outcome?.hint, 'run the same command again: it makes it anew')
      await world.converge(topology)
      assertEmpty((await world.preview(topology)).plan)
    })
  }

  it('a policy whose type changes may lose its posture checks: that is read back, said, and mended in the same run', async () => {
    const policy = (type: 'Dial' | 'Bind'): Entity => ({
      kind: 'service-policy',
      name: `${world.word}.policy`,
      fields: { type, semantic: 'AnyOf', serviceRoles: [], identityRoles: [], postureCheckRoles: ['#posture'] },
    })
    await world.converge(topologyOf(world.word, [policy('Dial')]))
    const turned = topologyOf(world.word, [policy('Bind')])
    const warnings: string[] = []
    await world.converge(turned, { listener: event => event.type === 'warning' && warnings.push(event.text) })
    const address = `service-policy/${policy('Bind').name}`
    const said = `${address}: the controller took the change, but not all of it (postureCheckRoles); once more`
    assert.deepEqual(warnings, world.overlay.line === '0.28' ? [] : [said])
    assertEmpty((await world.preview(turned)).plan)
  })

  it('a change that is answered 200 and dropped is a failed step, not a success', async () => {
    const name = `${world.word}.svc`
    await world.converge(topologyOf(world.word, [service(name, [])]))
    const changed = topologyOf(world.word, [service(name, [], ['wanted'])])
    // What the controller does with a name that is taken, for a change that has none.
    const swallow = (real: Controller): Controller => ({ ...real, patch: async () => undefined })
    const error = await failureOf(world.converge(changed, { controller: swallow }))
    assert.ok(error instanceof ApplyError)
    const [outcome] = error.report?.outcomes ?? []
    assert.equal(outcome?.result, 'failed')
    assert.match(String(outcome?.detail), /answered that it is changed, but roleAttributes is not as written/)
    await world.converge(changed)
    assertEmpty((await world.preview(changed)).plan)
  })
})
