import assert from 'node:assert/strict'
import { ApplyError, UsageError } from '../../src/errors.js'
import { formatPlanFile, makePlan, parsePlanFile, whyStale } from '../../src/plan/index.js'
import { planToJson } from '../../src/report/json.js'
import { inputsOf } from '../support/plan-builder.js'

describe('a saved plan', () => {
  const plan = makePlan(
    inputsOf({ clusters: [{ name: 'kubeA', prometheus: 'dark' }], developers: [{ name: 'ann', enroll: true }] }),
  )
  const shown = planToJson(plan)
  const { stack, controller, basis } = plan
  const text = formatPlanFile({ stack, controller, basis, spec: 's', choices: {} }, shown)
  const edited = (edit: (plan: typeof shown) => unknown) => {
    const document = JSON.parse(text)
    return JSON.stringify({ ...document, plan: edit(document.plan) })
  }

  it('is taken as it was written, also with its members in another order', () => {
    const saved = parsePlanFile(text, 'plan.json')
    assert.equal(whyStale(saved, { plan, shown, spec: 's' }), undefined)
    const turned = JSON.stringify(JSON.parse(text), (_, value) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).reverse())
        : value,
    )
    assert.notEqual(turned, JSON.stringify(JSON.parse(text)))
    assert.deepEqual(parsePlanFile(turned, 'plan.json'), saved)
  })

  it('is refused when a step or an enrolment in it was edited, taken out or added', () => {
    const edits: Record<string, (plan: typeof shown) => unknown> = {
      'a field': one => JSON.parse(JSON.stringify(one).replaceAll('#reflectz-clients', '#all')),
      'an address': one => JSON.parse(JSON.stringify(one).replaceAll('service/kubeA', 'service/kubeB')),
      'a step less': one => ({ ...one, steps: one.steps.slice(1) }),
      'a step more': one => ({ ...one, steps: [...one.steps, ...one.steps.slice(0, 1)] }),
      'another order': one => ({ ...one, steps: one.steps.toReversed() }),
      'an action': one => ({ ...one, steps: one.steps.map(step => ({ ...step, action: 'delete' })) }),
      'an enrolment less': one => ({ ...one, enrollments: one.enrollments.slice(1) }),
      'no plan': () => undefined,
    }
    for (const [what, edit] of Object.entries(edits)) {
      assert.throws(
        () => parsePlanFile(edited(edit), 'plan.json'),
        (error: unknown) => error instanceof ApplyError && /^the steps in plan\.json were edited/.test(error.message),
        what,
      )
    }
  })

  it('is stale when zprom would now do something else, though nothing has moved', () => {
    const saved = parsePlanFile(text, 'plan.json')
    for (const other of [
      { ...shown, steps: shown.steps.slice(1) },
      { ...shown, enrollments: [] },
    ])
      assert.equal(whyStale(saved, { plan, shown: other, spec: 's' }), 'zprom would now do something else')
    assert.equal(whyStale(saved, { plan, shown, spec: 'other' }), 'the spec was changed since')
  })

  it('of an earlier version is refused with the advice to save it again', () => {
    const { stepsHash: _, ...rest } = JSON.parse(text)
    assert.throws(
      () => parsePlanFile(JSON.stringify({ ...rest, format: 'zprom-plan/1' }), 'plan.json'),
      (error: unknown) =>
        error instanceof UsageError &&
        /^plan\.json was saved by an earlier version/.test(error.message) &&
        /save the plan again with "zprom plan --out FILE"/.test(error.hint ?? ''),
    )
  })
})
