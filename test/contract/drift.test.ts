import assert from 'node:assert/strict'
import { record } from '../../src/kinds/index.js'
import type { FieldChange, Plan } from '../../src/model/plan.js'
import { formatPlanFile } from '../../src/plan/index.js'
import { planToJson } from '../../src/report/json.js'
import { formatPlan } from '../../src/report/plan-text.js'
import type { SpecInput } from '../../src/spec/schema.js'
import { newWorld, type World } from '../support/world.js'
import { assertEmpty, stepsOf } from '../support/world-checks.js'
import { samples, subjectOf, topologyOf } from './kinds-samples.js'

const causes = (fields: readonly FieldChange[]) => fields.map(({ field, cause }) => `${field} ${cause}`)
const fieldsOf = ({ steps }: Plan, address: string) => {
  const step = steps.find(({ change }) => change.address === address)
  assert.ok(step?.change.action === 'update', `no update of ${address}`)
  return step.change.fields
}

describe('drift', function () {
  this.timeout(60_000)
  let world: World
  beforeEach(async () => {
    world = await newWorld()
  })
  afterEach(() => world.end())
  const wish = (workloads: SpecInputWorkloads = ['reflect']): SpecInput => ({
    clusters: [{ name: world.word, prometheus: 'tunneled', workloads }],
    developers: [{ name: `dev.${world.word}` }],
  })
  type SpecInputWorkloads = NonNullable<NonNullable<SpecInput['clusters']>[number]['workloads']>
  const dev = () => `identity/dev.${world.word}`
  const text = (plan: Plan) => formatPlan(plan, path => path)

  for (const sample of samples) {
    for (const { field, what, body } of sample.drifts) {
      it(`is a ${sample.kind} that was ${what}: the ${field} alone, changed on the network`, async () => {
        const topology = topologyOf(world.word, sample.entities(world.word))
        await world.converge(topology)
        const { name, address } = subjectOf(sample, world)
        await world.change(sample.kind, name, body)
        const { plan } = await world.preview(topology)
        assert.ok(causes(fieldsOf(plan, address)).includes(`${field} network`))
        assert.deepEqual(
          plan.drift.changed.map(one => one.address),
          [address],
        )
        await world.converge(topology)
        const { plan: next } = await world.preview(topology)
        assertEmpty(next)
        assert.deepEqual(next.drift, { changed: [], missing: [], extra: [] })
      })
    }
  }

  it('is not what the spec changes, and stands apart from it in the text', async () => {
    await world.converge(wish())
    await world.change('service', `${world.word}.reflect.svc`, { roleAttributes: ['theirs'] })
    const { plan } = await world.preview(wish(['reflect', 'web']))
    assert.deepEqual(causes(fieldsOf(plan, dev())), ['roleAttributes spec'])
    assert.deepEqual(causes(fieldsOf(plan, `service/${world.word}.reflect.svc`)), ['roleAttributes network'])
    assert.deepEqual(plan.drift.missing, [], 'a new workload is no drift')
    const [wanted = '', drift = ''] = text(plan).split('Drift')
    assert.ok(wanted.includes(dev()) && !wanted.includes(`~ service/${world.word}.reflect.svc`))
    assert.ok(drift.includes(`~ service/${world.word}.reflect.svc`) && drift.includes('["theirs"] -> ['))
  })

  it('is told of a field that both have changed', async () => {
    await world.converge(wish())
    await world.change('identity', `dev.${world.word}`, { roleAttributes: ['theirs'] })
    const { plan } = await world.preview(wish(['web']))
    assert.deepEqual(causes(fieldsOf(plan, dev())), ['roleAttributes both'])
    assert.match(text(plan), /the spec has changed too/)
  })

  it('is an entity that is missing while the rest of its item is there', async () => {
    await world.converge(wish())
    const gone = await world.find('service-policy', `${world.word}.reflect.svc.dial`)
    await world.admin.remove('/service-policies', String(gone?.id))
    const { plan } = await world.preview(wish())
    const address = `service-policy/${world.word}.reflect.svc.dial`
    assert.deepEqual([stepsOf(plan), plan.drift.missing], [[`create ${address}`], [address]])
    assert.match(text(plan), /Drift[\s\S]*\+ service-policy\/.*missing/)
    await world.converge(wish())
    assertEmpty((await world.preview(wish())).plan)
  })

  it('is not what a new item brings, nor the first run', async () => {
    const { plan } = await world.converge(wish())
    assert.deepEqual(plan.drift.missing, [])
    const more = { ...wish(), developers: [...(wish().developers ?? []), { name: `two.${world.word}` }] }
    assert.deepEqual((await world.preview(more)).plan.drift.missing, [])
  })

  it('is an entity that was renamed: extra by its new name, missing by its old one', async () => {
    await world.converge(wish())
    const name = `${world.word}.reflect.svc.dial`
    await world.change('service-policy', name, { name: `${world.word}.renamed` })
    const { plan } = await world.preview(wish())
    const [was, is] = [`service-policy/${name}`, `service-policy/${world.word}.renamed`]
    assert.deepEqual(plan.drift.extra, [{ address: is, renamedFrom: was }])
    assert.deepEqual(plan.drift.missing, [was])
    assert.match(text(plan), new RegExp(`${world.word}\\.renamed: renamed, it was service-policy/`))
  })

  it('is what is missing of an item that has become smaller, too: one of its entities notes what the item asks for now', async () => {
    const web = { name: 'web', clients: 'reflectz-clients' }
    await world.converge(wish(['reflect', web]))
    const { plan: smaller } = await world.preview(wish(), { prune: { enrolledToo: true } })
    const updates = smaller.steps.filter(({ change }) => change.action === 'update')
    assert.deepEqual(
      updates.map(({ change }) => change.address),
      [`identity/${world.word}.ziti.id`],
    )
    assert.match(text(smaller), /notes that its item asks for less than before/)
    assert.deepEqual(smaller.drift.changed, [])
    // An item of which something is still to be made is not smaller, whatever a run is limited to.
    const target = new Set([`service/${world.word}.reflect.svc`])
    const more = wish(['reflect', web, { name: 'api', clients: 'reflectz-clients' }])
    assertEmpty((await world.preview(more, { target })).plan)
    await world.converge(wish(), { prune: { enrolledToo: true } })
    assertEmpty((await world.preview(wish())).plan)
    const name = `${world.word}.reflect.svc.dial`
    await world.admin.remove('/service-policies', String((await world.find('service-policy', name))?.id))
    const { plan } = await world.preview(wish())
    assert.deepEqual(plan.drift.missing, [`service-policy/${name}`])
    assert.deepEqual(stepsOf(plan), [`create service-policy/${name}`])
  })

  it('is no concern of what an earlier version wrote: a difference there is shown as a wanted change', async () => {
    await world.converge(wish())
    const { zprom_written, zprom_item, ...tags } = record(
      (await world.find('identity', `dev.${world.word}`)) ?? {},
      'tags',
      'i',
    )
    assert.ok(zprom_written && zprom_item)
    await world.change('identity', `dev.${world.word}`, { tags })
    assertEmpty((await world.preview(wish())).plan)
    await world.change('identity', `dev.${world.word}`, { roleAttributes: ['theirs'] })
    const { plan } = await world.converge(wish())
    assert.deepEqual(causes(fieldsOf(plan, dev())), ['roleAttributes undefined'])
    await world.change('identity', `dev.${world.word}`, { roleAttributes: ['theirs'] })
    assert.equal((await world.preview(wish())).plan.drift.changed.length, 1)
  })

  it('hides what is secret in what somebody wrote, in the text, under --json and in a saved plan', async () => {
    await world.converge(wish())
    const check = {
      url: 'http://joe:hunter2@elsewhere/?page=first&token=hunter2',
      method: 'POST',
      body: '{"password":"hunter2"}',
      interval: '5s',
      timeout: '5s',
      expectInBody: 'apiKey=hunter2',
      actions: [{ trigger: 'fail', action: 'mark unhealthy' }],
    }
    const data = { protocol: 'tcp', address: 'https://joe:hunter2@elsewhere', port: 80, httpChecks: [check] }
    await world.change('config', `${world.word}.prometheus.svc-host.v1`, { data })
    const { plan } = await world.preview(wish())
    assert.equal(plan.drift.changed.length, 1)
    const { stack, controller, basis } = plan
    const saved = formatPlanFile({ stack, controller, basis, spec: '', choices: {} }, planToJson(plan))
    for (const shown of [text(plan), JSON.stringify(planToJson(plan)), saved]) {
      for (const word of ['elsewhere', 'page=first', 'POST', '<hidden>']) assert.ok(shown.includes(word), shown)
      assert.ok(!shown.includes('hunter2'), shown)
    }
  })
})
