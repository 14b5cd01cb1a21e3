import { expandSpec } from '../../src/expand/index.js'
import type { Wanted } from '../../src/model/entity.js'
import { forecastAccess, makePlan } from '../../src/plan/index.js'
import { planToJson } from '../../src/report/json.js'
import { formatPlan } from '../../src/report/plan-text.js'
import { byAddress, carryOut, emptySnapshot, inputsOf, observedOf } from '../support/plan-builder.js'
import { articleSpec, specOf } from '../support/spec-builder.js'
import { assertGolden } from './golden.js'

const shown = (path: string) => `net/zprom-out/${path}`

describe('the text of a plan', () => {
  it('shows every step of the article on an empty controller', () => {
    assertGolden('01-plan-article.txt', formatPlan(makePlan(inputsOf(articleSpec)), shown))
  })

  it('says in one line that nothing is to do', () => {
    assertGolden(
      '02-plan-unchanged.txt',
      formatPlan(makePlan(carryOut(inputsOf(articleSpec))), shown, { requests: 7, durationMs: 84 }),
    )
  })

  it('shows changes before and after, conflicts, what is left alone and what is no longer wanted', () => {
    assertGolden('03-plan-mixed.txt', formatPlan(makePlan(mixed()), shown))
  })

  it('offers the router policies that a network lacks, and shows them once they are asked for', () => {
    const snapshot = emptySnapshot({ routerPolicies: { identities: false, services: false } })
    const owned = inputsOf({ stack: 'shop', overlay: { routerPolicies: 'own' } }, { snapshot })
    const plans = [makePlan(inputsOf({ stack: 'shop' }, { snapshot })), makePlan(owned)]
    assertGolden('04-plan-router-policies.txt', plans.map(plan => formatPlan(plan, shown)).join('\n\n'))
  })
})

describe('the forecast in the text of a plan', () => {
  it('says who gains what, and of a cluster that goes who loses what, losses first', () => {
    const routers = [{ id: 'r1', name: 'router', roleAttributes: [], isOnline: true }]
    const spec = { ...articleSpec, overlay: { routerPolicies: 'own' as const } }
    const done = carryOut(inputsOf(spec))
    const clusters = [{ name: 'kubeA', prometheus: 'tunneled' as const, workloads: ['reflect', 'web'] }]
    const { topology } = inputsOf({ ...spec, clusters })
    const plans = [inputsOf(spec), { ...done, topology, prune: { enrolledToo: true } }].map(inputs => {
      const plan = makePlan(inputs)
      const forecast = forecastAccess(plan, inputs.snapshot, routers)
      return formatPlan({ ...plan, steps: [], enrollments: [], forecast }, shown)
    })
    assertGolden('06-plan-forecast.txt', plans.join('\n\n'))
  })
})

describe('the JSON of a plan', () => {
  it('has addresses and fields, and neither ids nor tokens', () => {
    assertGolden('05-plan-mixed.json.txt', JSON.stringify(planToJson(makePlan(mixed())), undefined, 2))
  })
})

// One of each: a workload's part of a stack whose entities were changed, taken, deleted and left behind.
function mixed() {
  const spec = specOf({
    stack: 'shop',
    clusters: [{ name: 'a', prometheus: 'dark', workloads: [] }],
    developers: [{ name: 'ann', enroll: true }],
  })
  const topology = expandSpec(spec)
  const there = topology.entities.flatMap(wanted => {
    switch (wanted.name) {
      case 'a.prometheus.svc.bind':
        return []
      case 'a.prometheus.svc.dial':
        return [observedOf(wanted, undefined)]
      case 'a.prometheus.svc-intercept.v1':
        return [observedOf(withPort8080(wanted), 'shop')]
      default:
        return [observedOf(wanted, 'shop')]
    }
  })
  const left: Wanted = {
    kind: 'identity',
    name: 'bob',
    fields: { isAdmin: false, roleAttributes: [] },
    origin: 'developer/bob',
  }
  const enrollments = new Map([
    ['ann', { identityId: 'id-of-ann', certificate: { authenticatorId: 'a-1', fingerprint: '00ff' } }],
    ['a.prometheus.id', { identityId: 'id-of-a' }],
  ])
  const snapshot = emptySnapshot({ entities: byAddress([...there, observedOf(left, 'shop')]), enrollments })
  return inputsOf({}, { topology, snapshot })
}

function withPort8080(wanted: Wanted): Wanted {
  if (wanted.kind !== 'config') return wanted
  const data = { ...wanted.fields.data, portRanges: [{ low: 8080, high: 8080 }] }
  return { ...wanted, fields: { ...wanted.fields, data } }
}
