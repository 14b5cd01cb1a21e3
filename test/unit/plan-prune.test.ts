import assert from 'node:assert/strict'
import fc from 'fast-check'
import { type Address, addressOf } from '../../src/model/entity.js'
import type { Plan } from '../../src/model/plan.js'
import { makePlan } from '../../src/plan/index.js'
import { needsOf } from '../../src/plan/order.js'
import { carryOut, inputsOf } from '../support/plan-builder.js'
import { articleSpec, specArbitrary } from '../support/spec-builder.js'

const done = carryOut(inputsOf(articleSpec))
const nothing = { ...done, topology: { ...done.topology, entities: [], enrollments: [] } }
const deleted = ({ steps }: Plan) =>
  steps.filter(({ change }) => change.action === 'delete').map(({ change }) => change.address)

describe('a plan that prunes', () => {
  it('keeps everything unless it is told to delete', () => {
    const plan = makePlan(nothing)
    assert.deepEqual(plan.steps, [])
    assert.equal(plan.orphans.length, 31)
  })

  it('deletes what is ours and no longer wanted, and leaves nothing over', () => {
    const plan = makePlan({ ...nothing, prune: { enrolledToo: true } })
    assert.equal(deleted(plan).length, 31)
    assert.deepEqual([plan.orphans, plan.conflicts], [[], []])
  })

  it('deletes nothing that is wanted, and nothing without our tag', () => {
    assert.deepEqual(deleted(makePlan({ ...done, prune: { enrolledToo: true } })), [])
    const { snapshot } = nothing
    const foreign = new Map([...snapshot.entities].map(([address, one]) => [address, { ...one, owner: undefined }]))
    const plan = makePlan({ ...nothing, snapshot: { ...snapshot, entities: foreign }, prune: { enrolledToo: true } })
    assert.deepEqual(deleted(plan), [])
  })

  it('asks for a word of its own before it deletes an identity that is enrolled', () => {
    const plan = makePlan({ ...nothing, prune: { enrolledToo: false } })
    const named = plan.conflicts.map(({ address }) => address)
    assert.ok(named.length > 0 && named.every(address => address.startsWith('identity/')))
    assert.ok(named.includes('identity/kubeA.reflect.id'))
    // Whoever holds only a token has no access yet.
    assert.ok(!named.includes('identity/dev.client'))
    assert.ok(plan.conflicts.every(({ hint }) => hint.includes('--accept delete-identities')))
  })

  it('deletes only what is named, and says of each other name why it cannot', () => {
    const only = new Set<Address>(['service/kubeA.reflect.svc', 'service/nope'])
    const plan = makePlan({ ...nothing, prune: { enrolledToo: false, only } })
    assert.deepEqual(deleted(plan), ['service/kubeA.reflect.svc'])
    // A run that broke off may have deleted it, and the next one of the same command goes on.
    assert.deepEqual(plan.conflicts, [])
    assert.deepEqual(
      plan.notices.map(({ address, reason }) => [address, reason]),
      [['service/nope', 'there is no such entity']],
    )
    assert.deepEqual(plan.orphans, [], 'nothing was said of the rest')
  })

  it('has every delete wait for all that name what it deletes, and for nothing that comes later', () => {
    fc.assert(
      fc.property(specArbitrary, spec => {
        const all = carryOut(inputsOf(spec))
        const gone = { ...all, topology: { ...all.topology, entities: [], enrollments: [] } }
        const { steps } = makePlan({ ...gone, prune: { enrolledToo: true } })
        const before = new Set<Address>()
        const waits = new Map(steps.map(({ change, waitsFor }) => [change.address, waitsFor]))
        for (const { change, waitsFor } of steps) {
          for (const address of waitsFor) assert.ok(before.has(address), `${change.address} waits for ${address}`)
          before.add(change.address)
        }
        for (const wanted of all.topology.entities)
          for (const needed of needsOf(wanted))
            if (waits.has(needed)) assert.ok(waits.get(needed)?.includes(addressOf(wanted)), `${needed}`)
      }),
      { numRuns: 60 },
    )
  })
})
