import assert from 'node:assert/strict'
import fc from 'fast-check'
import { addressOf } from '../../src/model/entity.js'
import type { Plan } from '../../src/model/plan.js'
import { formatPlanFile, makePlan, parsePlanFile } from '../../src/plan/index.js'
import { needsOf } from '../../src/plan/order.js'
import { planToJson } from '../../src/report/json.js'
import { carryOut, inputsOf } from '../support/plan-builder.js'
import { articleSpec, specArbitrary } from '../support/spec-builder.js'

const stepsOf = ({ steps }: Plan) => steps.map(({ change }) => `${change.action} ${change.address}`)
const limited = (...target: string[]) => makePlan(inputsOf(articleSpec, { target: new Set(target) }))

describe('a plan with a target', () => {
  it('has the target and what it needs, and their enrolments, in order', () => {
    const plan = limited('service-policy/kubeA.reflect.svc.bind')
    assert.deepEqual(stepsOf(plan), [
      'create identity/kubeA.reflect.id',
      'create config/kubeA.reflect.svc-intercept.v1',
      'create service/kubeA.reflect.svc',
      'create service-policy/kubeA.reflect.svc.bind',
    ])
    assert.deepEqual(
      plan.enrollments.map(({ identity }) => identity),
      ['kubeA.reflect.id'],
    )
  })

  it('takes an item of the spec for all that it asks for', () => {
    assert.equal(limited('cluster/kubeB').steps.length, 14)
    assert.equal(limited('cluster/kubeB', 'developer/dev.client').steps.length, 15)
  })

  it('says of an address that is nowhere that it is nowhere', () => {
    const { conflicts } = limited('service/nope')
    assert.deepEqual(
      conflicts.map(({ address, reason }) => [address, reason]),
      [['service/nope', 'neither the spec nor this stack on the network has it']],
    )
  })

  it('prunes nothing but the target, and calls nothing else left over', () => {
    const done = carryOut(inputsOf(articleSpec))
    const { topology } = inputsOf({ ...articleSpec, clusters: [], developers: [] })
    const all = { ...done, topology, prune: { enrolledToo: true } }
    const plan = makePlan({ ...all, target: new Set(['service-policy/kubeA.reflect.svc.bind']) })
    assert.deepEqual([stepsOf(plan), plan.orphans], [['delete service-policy/kubeA.reflect.svc.bind'], []])
  })

  it('prunes all that an item had that has left the spec, and is content when nothing of it is left', () => {
    const done = carryOut(inputsOf(articleSpec))
    const { topology } = inputsOf({ ...articleSpec, clusters: [] })
    const asked = { ...done, topology, target: new Set(['cluster/kubeB']) }
    const inputs = { ...asked, prune: { enrolledToo: true } }
    const plan = makePlan(inputs)
    assert.deepEqual([plan.steps.length, plan.conflicts, plan.notices], [14, [], []])
    assert.ok(plan.steps.every(({ change }) => change.action === 'delete'))
    const { steps, conflicts, notices } = makePlan(carryOut(inputs))
    assert.deepEqual([steps, conflicts, notices.map(({ address }) => String(address))], [[], [], ['cluster/kubeB']])
    const { conflicts: unpruned } = makePlan({ ...asked, snapshot: carryOut(inputs).snapshot })
    assert.deepEqual(
      unpruned.map(({ address }) => String(address)),
      ['cluster/kubeB'],
    )
  })

  it('is a part of the whole plan that can be carried out by itself, and together they are the whole', () => {
    fc.assert(
      fc.property(specArbitrary, fc.nat(), (spec, pick) => {
        const inputs = inputsOf(spec)
        const { entities } = inputs.topology
        const wanted = entities[pick % Math.max(entities.length, 1)]
        if (wanted === undefined) return
        const target = new Set([addressOf(wanted)])
        const part = makePlan({ ...inputs, target })
        const made = new Set(part.steps.map(({ change }) => change.address))
        for (const { change } of part.steps)
          if (change.action === 'create') for (const need of needsOf(change.after)) assert.ok(made.has(need))
        const after = carryOut({ ...inputs, target }, part)
        assert.deepEqual(makePlan(after).steps, [])
        const rest = makePlan({ ...inputs, snapshot: after.snapshot, held: after.held })
        const whole = stepsOf(makePlan(inputs))
        assert.deepEqual([...stepsOf(part), ...stepsOf(rest)].sort(), whole.sort())
      }),
      { numRuns: 60 },
    )
  })

  it('is remembered by a saved plan', () => {
    const plan = limited('cluster/kubeB')
    const saved = {
      stack: 'a',
      controller: 'c',
      spec: 's',
      basis: plan.basis,
      choices: { target: new Set(['cluster/kubeB']) },
    }
    const { stepsHash, ...read } = parsePlanFile(formatPlanFile(saved, planToJson(plan)), 'plan.json')
    assert.deepEqual(read, saved)
    assert.match(stepsHash, /^[0-9a-f]{32}$/)
  })
})
