import assert from 'node:assert/strict'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Budget, startBudget } from '../../src/bridge/budget.js'
import { createTurns } from '../../src/bridge/turns.js'
import { failureOf } from '../support/world-checks.js'

describe('the turns of dials', () => {
  const budgets: Budget[] = []
  const budget = () => {
    const made = startBudget(
      60_000,
      () => performance.now(),
      () => 'x',
    )
    budgets.push(made)
    return made
  }
  afterEach(() => {
    for (const one of budgets.splice(0)) one.end()
  })

  it('are for so many at once; then who came last is first', async () => {
    const turns = createTurns(2)
    const order: string[] = []
    const ends = [await turns.take(budget()), await turns.take(budget())]
    const later = ['third', 'fourth'].map(async name => {
      const end = await turns.take(budget())
      order.push(name)
      end()
    })
    ends[0]?.()
    ends[0]?.()
    await Promise.all(later)
    assert.deepEqual(order, ['fourth', 'third'])
  })

  it('pass over who does not wait any more', async () => {
    const turns = createTurns(1)
    const end = await turns.take(budget())
    const first = turns.take(budget())
    const gone = budget()
    const given = failureOf(turns.take(gone))
    gone.abandon()
    assert.match((await given).message, /did not wait/)
    end()
    const endFirst = await first
    endFirst()
    const again = await turns.take(budget())
    again()
  })

  it('keep nothing of who gave up while those before it go on', async () => {
    const turns = createTurns(1)
    const end = await turns.take(budget())
    const waitInVain = async () => {
      const gone = startBudget(
        60_000,
        () => performance.now(),
        () => 'x',
      )
      const given = failureOf(turns.take(gone))
      gone.abandon()
      gone.end()
      await given
      return new WeakRef(gone.over)
    }
    const kept = await waitInVain()
    // What a weak reference was asked for stays until the next turn of the loop.
    await new Promise(resolve => setImmediate(resolve))
    collectGarbage()
    assert.equal(kept.deref(), undefined)
    end()
  })
})

function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
}
