import assert from 'node:assert/strict'
import fc from 'fast-check'
import { expandSpec } from '../../src/expand/index.js'
import { addressOf } from '../../src/model/entity.js'
import type { Change } from '../../src/model/plan.js'
import { findDangling, needsOf, orderChanges } from '../../src/plan/order.js'
import { observedOf } from '../support/plan-builder.js'
import { articleSpec, specArbitrary, specOf } from '../support/spec-builder.js'

const { entities } = expandSpec(specOf(articleSpec))

describe('the order of changes', () => {
  const creates: Change[] = entities.map(after => ({ action: 'create', address: addressOf(after), after }))
  const deletes: Change[] = entities.map(wanted => {
    const before = observedOf(wanted, 'article')
    return { action: 'delete', address: addressOf(before), before }
  })

  it('is by kind, and within a kind by name as code units sort', () => {
    const addresses = orderChanges(creates).map(({ change }) => change.address)
    const firsts = [...new Set(addresses.map(address => address.split('/')[0]))]
    assert.deepEqual(firsts, ['identity', 'config', 'service', 'service-policy'])
    for (const kind of firsts) {
      const names = addresses.filter(address => address.startsWith(`${kind}/`))
      assert.deepEqual(names, names.toSorted())
    }
  })

  it('deletes whatever names an entity before that entity', () => {
    const place = new Map(orderChanges(deletes).map(({ change }, index) => [change.address, index]))
    for (const wanted of entities) {
      for (const needed of needsOf(wanted)) {
        assert.ok((place.get(addressOf(wanted)) ?? 0) < (place.get(needed) ?? 0), `${addressOf(wanted)}, ${needed}`)
      }
    }
  })

  it('creates before it deletes', () => {
    const half = entities.length / 2
    const mixed = orderChanges([...deletes.slice(half), ...creates.slice(0, half)])
    const actions = mixed.map(({ change }) => change.action)
    assert.deepEqual(actions, actions.toSorted())
  })

  it('waits for what is made in the same plan, and not for what is there', () => {
    const service = creates.filter(({ address }) => address === 'service/kubeA.reflect.svc')
    assert.deepEqual(orderChanges(service)[0]?.waitsFor, [])
    const whole = orderChanges(creates).find(({ change }) => change.address === 'service/kubeA.reflect.svc')
    assert.deepEqual(whole?.waitsFor, ['config/kubeA.reflect.svc-intercept.v1'])
  })

  it('does not depend on the order in which changes come', () => {
    fc.assert(
      fc.property(specArbitrary, fc.infiniteStream(fc.nat()), (input, numbers) => {
        const changes = expandSpec(specOf(input)).entities.map<Change>(after => {
          return { action: 'create', address: addressOf(after), after }
        })
        const keyed = changes.map(change => ({ change, key: numbers.next().value ?? 0 }))
        const shuffled = keyed.sort((one, other) => one.key - other.key).map(({ change }) => change)
        assert.deepEqual(orderChanges(shuffled), orderChanges(changes))
      }),
    )
  })
})

describe('what nobody makes', () => {
  it('is found wherever it is named', () => {
    const without = entities.filter(({ kind }) => kind !== 'config')
    assert.equal(findDangling(entities, () => false).length, 0)
    assert.deepEqual(
      new Set(findDangling(without, () => false)),
      new Set(entities.filter(({ kind }) => kind === 'config').map(addressOf)),
    )
    assert.deepEqual(
      findDangling(without, address => address.startsWith('config/')),
      [],
    )
  })
})
