import assert from 'node:assert/strict'
import fc from 'fast-check'
import { indexRoles } from '../../src/kinds/role-index.js'
import { selects } from '../../src/kinds/selects.js'
import type { EdgeRouter } from '../../src/model/forecast.js'
import { affectsAccess, forecastAccess, makePlan } from '../../src/plan/index.js'
import { formatForecast } from '../../src/report/forecast-text.js'
import type { SpecInput } from '../../src/spec/schema.js'
import { carryOut, inputsOf } from '../support/plan-builder.js'
import { articleSpec } from '../support/spec-builder.js'

const owned: SpecInput = { ...articleSpec, overlay: { routerPolicies: 'own' } }
const routers: EdgeRouter[] = [{ id: 'r1', name: 'router', roleAttributes: [], isOnline: true }]
const foresee = (inputs: ReturnType<typeof inputsOf>, known: EdgeRouter[] | undefined = routers) =>
  forecastAccess(makePlan(inputs), inputs.snapshot, known)

describe('what roles select among many', () => {
  it('is what they select one by one', () => {
    const words = ['a', 'b', 'c']
    const sets = fc.uniqueArray(fc.constantFrom(...words), { maxLength: 3 })
    const members = fc
      .array(sets, { maxLength: 6 })
      .map(list => list.map((roleAttributes, at) => ({ name: `m${at}`, roleAttributes })))
    const roles = fc.uniqueArray(fc.constantFrom('#all', '#a', '#b', '#c', '#d', '@m0', '@m1', '@m9'), { maxLength: 4 })
    fc.assert(
      fc.property(members, roles, fc.constantFrom('AnyOf', 'AllOf'), (list, wanted, semantic) => {
        const one = list
          .filter(({ name, roleAttributes }) => selects(wanted, semantic, { names: [name], roleAttributes }))
          .map(({ name }) => name)
        assert.deepEqual([...indexRoles(list).select(wanted, semantic)].sort(), one.sort())
      }),
    )
  })
})

describe('a forecast', () => {
  it('says of a new overlay all that everybody gains, and no loss', () => {
    const { changes, gained, lost } = foresee(inputsOf(owned))
    assert.equal(lost, 0)
    assert.ok(changes.every(({ change, reachable, by }) => change === 'gains' && reachable && by === 'policy'))
    const dev = changes.filter(({ identities }) => identities.includes('dev.client'))
    assert.deepEqual(
      dev.map(({ permission, services }) => [permission, services.length]),
      [['Dial', 6]],
    )
    // Three that dial six, and six hosts: ziti-host one, both workloads two, the dark Prometheus one.
    assert.equal(gained, 3 * 6 + 1 + 2 + 2 + 1)
  })

  it('is empty when nothing changes, and not even made for what gives nobody access', () => {
    const done = carryOut(inputsOf(owned))
    assert.deepEqual(foresee(done).changes, [])
    assert.equal(affectsAccess(makePlan(done)), false)
    assert.equal(affectsAccess(makePlan(inputsOf(owned))), true)
  })

  it('says what is lost when a cluster is pruned', () => {
    const done = carryOut(inputsOf(owned))
    const [first, ...rest] = owned.clusters ?? []
    assert.ok(first !== undefined)
    const { topology } = inputsOf({ ...owned, clusters: rest })
    const { changes, gained } = foresee({ ...done, topology, prune: { enrolledToo: true } })
    assert.equal(gained, 0)
    const [loss] = changes.filter(({ identities }) => identities.includes('dev.client'))
    assert.deepEqual(loss?.services, ['kubeA.prometheus.svc', 'kubeA.reflect.scrape.svc', 'kubeA.reflect.svc'])
  })

  it('says of a grant that no edge router joins that it helps nobody yet, and of router policies what they open', () => {
    const without = foresee(inputsOf(articleSpec))
    assert.ok(without.changes.length > 0 && without.changes.every(({ reachable }) => !reachable))
    const opened = foresee({ ...carryOut(inputsOf(articleSpec)), topology: inputsOf(owned).topology })
    assert.ok(opened.changes.every(({ by, change, reachable }) => by === 'routers' && change === 'gains' && reachable))
    assert.match(formatForecast(opened).join('\n'), /dev\.client.* gain an edge router for Dial to /)
  })

  it('goes by the service policies alone when the routers could not be listed, and says so', () => {
    const forecast = forecastAccess(makePlan(inputsOf(articleSpec)), inputsOf(articleSpec).snapshot, undefined)
    assert.ok(forecast.changes.every(({ reachable }) => reachable))
    assert.match(formatForecast(forecast).join('\n'), /the edge routers could not be listed/)
  })

  it('is no longer for hundreds of clusters than a person reads, and is made in little room', () => {
    const clusters = Array.from({ length: 300 }, (_, at) => ({ name: `k${at}`, prometheus: 'dark' as const }))
    const forecast = foresee(inputsOf({ ...owned, clusters }))
    assert.equal(forecast.gained, (300 + 1) * 900 + 900)
    const text = formatForecast(forecast)
    assert.ok(text.length <= 14 && text.every(line => line.length < 400), text.join('\n'))
    assert.ok(JSON.stringify(forecast).length < 200_000)
  })
})
