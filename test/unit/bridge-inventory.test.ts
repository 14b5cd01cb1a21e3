import assert from 'node:assert/strict'
import { createInventory } from '../../src/bridge/inventory.js'
import { failureOf } from '../support/world-checks.js'

describe('the inventory of a bridge', () => {
  it('looks for an unknown host every two seconds at most, also when that fails', async () => {
    let now = 0
    let readings = 0
    let isDown = false
    const inventory = createInventory({
      services: async () => {
        readings += 1
        if (isDown) throw new Error('down')
        return []
      },
      readTargets: async () => undefined,
      clock: () => now,
      onRead: () => undefined,
    })
    const find = async () => inventory.find('no.such')
    for (let count = 0; count < 3; count += 1) assert.equal(await find(), undefined)
    assert.equal(readings, 1)
    isDown = true
    now = 3000
    for (let count = 0; count < 3; count += 1) assert.equal((await failureOf(find())).message, 'down')
    assert.equal(readings, 2)
    now = 6000
    isDown = false
    assert.equal(await find(), undefined)
    assert.equal(readings, 3)
  })
})
