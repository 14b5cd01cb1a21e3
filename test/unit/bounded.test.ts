import assert from 'node:assert/strict'
import { mapBounded } from '../../src/model/bounded.js'

describe('many at once, but not too many', () => {
  it('gives the results in the order of the items, with no more at once than allowed', async () => {
    let [running, most] = [0, 0]
    const results = await mapBounded([3, 0, 2, 1, 0], 2, async turns => {
      running += 1
      most = Math.max(most, running)
      for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate)
      running -= 1
      return turns * 10
    })
    assert.deepEqual([results, most], [[30, 0, 20, 10, 0], 2])
  })

  it('begins nothing more once one has failed', async () => {
    const begun: number[] = []
    const run = async (item: number) => {
      begun.push(item)
      await new Promise(setImmediate)
      if (item === 1) throw new Error('no')
    }
    await assert.rejects(mapBounded([0, 1, 2, 3, 4, 5, 6, 7], 2, run), /no/)
    for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate)
    assert.ok(begun.length <= 3, `${begun}`)
  })
})
