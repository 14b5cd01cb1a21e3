import assert from 'node:assert/strict'
import { kindOf } from '../../src/kinds/index.js'
import { newWorld, type World } from '../support/world.js'
import { assertEmpty, stepsOf } from '../support/world-checks.js'
import { samples, subjectOf, topologyOf } from './kinds-samples.js'

for (const sample of samples) {
  describe(`an entity of kind ${sample.kind} on the real controller`, () => {
    let world: World
    const topology = () => topologyOf(world.word, sample.entities(world.word))
    const subject = () => subjectOf(sample, world)

    before(async () => {
      world = await newWorld()
    })
    after(() => world?.end())

    it('is created as wanted: read back it is equal, and the next plan is empty', async () => {
      const wanted = sample.entities(world.word).length
      const { plan, report } = await world.converge(topology())
      assert.equal(plan.steps.length, wanted)
      assert.deepEqual([...new Set(report.outcomes.map(({ result }) => result))], ['done'])
      const there = (await world.observe()).entities.get(subject().address)
      assert.deepEqual(there?.fields, subject().entity.fields)
      const { written, ...owner } = there?.owner ?? {}
      assert.deepEqual(owner, { stack: world.word, origin: 'cluster/sample', format: '1' })
      assert.match(String(written), /name:[0-9a-f]{8}/)
      assertEmpty((await world.preview(topology())).plan)
    })

    for (const { field, what, body } of sample.drifts) {
      it(`that was ${what} by hand shows ${field} in the plan, and nothing else, and is restored`, async () => {
        await world.change(sample.kind, subject().name, body)
        const { plan } = await world.converge(topology())
        const [step, ...others] = plan.steps
        assert.ok(step?.change.action === 'update')
        assert.equal(step.change.address, subject().address)
        assert.deepEqual(
          step.change.fields.map(change => change.field),
          [field],
        )
        assert.deepEqual(others, [])
        assertEmpty((await world.preview(topology())).plan)
      })
    }

    it('keeps the tags of others through an update of ours', async () => {
      const { kind } = sample
      const { name } = subject()
      const before = await world.find(kind, name)
      assert.ok(before !== undefined)
      // The API wants a config's data with every change.
      const data = kind === 'config' && { data: before.data }
      await world.change(kind, name, { tags: { ...Object(before.tags), theirs: 'kept', count: 7 }, ...data })
      assertEmpty((await world.preview(topology())).plan)
      // Another origin is the one change that touches the tags themselves.
      const moved = topologyOf(world.word, sample.entities(world.word), 'cluster/moved')
      await world.converge(moved)
      const { zprom_written, ...tags } = Object((await world.find(kind, name))?.tags)
      assert.match(zprom_written, /name:[0-9a-f]{8}/)
      assert.deepEqual(tags, {
        theirs: 'kept',
        count: 7,
        zprom_stack: world.word,
        zprom_address: 'cluster/moved',
        zprom_format: '1',
      })
      await world.converge(topology())
    })

    it('is made again when somebody deleted it', async () => {
      const there = await world.find(sample.kind, subject().name)
      await world.admin.remove(kindOf(sample.kind).path, String(there?.id))
      const { plan } = await world.converge(topology())
      assert.ok(stepsOf(plan).includes(`create ${subject().address}`))
      assertEmpty((await world.preview(topology())).plan)
    })

    it('is left alone by a stack that does not want it, and named as no longer wanted by its own', async () => {
      const { plan } = await world.preview(topologyOf(world.word, []))
      assertEmpty(plan)
      assert.ok(plan.orphans.includes(subject().address))
      const other = await world.preview(topologyOf(`${world.word}-other`, []))
      assert.deepEqual(other.plan.orphans, [])
    })
  })
}
