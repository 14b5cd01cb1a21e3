import assert from 'node:assert/strict'
import fc from 'fast-check'
import { runSteps } from '../../src/apply/scheduler.js'
import type { Address, Observed } from '../../src/model/entity.js'
import type { Step } from '../../src/model/plan.js'
import type { Outcome } from '../../src/model/report.js'

describe('the scheduler', () => {
  it('starts a step only when what it waits for is done, and never more than allowed at once', async () => {
    await fc.assert(
      fc.asyncProperty(graphArbitrary, fc.integer({ min: 1, max: 6 }), async (graph, parallel) => {
        const done = new Set<string>()
        let running = 0
        const outcomes = await runSteps(
          graph,
          async step => {
            running += 1
            assert.ok(running <= parallel)
            for (const address of step.waitsFor) assert.ok(done.has(address))
            await new Promise(setImmediate)
            running -= 1
            done.add(step.change.address)
            return outcomeOf(step, 'done')
          },
          { parallel, skipReason: () => undefined, onEnd: () => undefined },
        )
        assert.deepEqual(
          outcomes.map(({ address }) => address),
          graph.map(({ change }) => change.address),
        )
      }),
      { numRuns: 100 },
    )
  })

  it('skips what needs a failed step, however far, and goes on with the rest', async () => {
    const steps = [stepOf('a'), stepOf('b', 'a'), stepOf('c', 'b'), stepOf('d')]
    const outcomes = await runSteps(
      steps,
      async step => outcomeOf(step, step.change.address === addressOf('a') ? 'failed' : 'done'),
      {
        parallel: 2,
        skipReason: () => undefined,
        onEnd: () => undefined,
      },
    )
    assert.deepEqual(
      outcomes.map(({ result, detail }) => [result, detail]),
      [
        ['failed', undefined],
        ['skipped', 'needs service/a'],
        ['skipped', 'needs service/b'],
        ['done', undefined],
      ],
    )
  })

  it('finishes what runs and starts nothing more once it is told to stop', async () => {
    const started: string[] = []
    let stop = false
    const outcomes = await runSteps(
      [stepOf('a'), stepOf('b'), stepOf('c')],
      async step => {
        started.push(step.change.address)
        stop = true
        return outcomeOf(step, 'done')
      },
      { parallel: 1, skipReason: () => (stop ? 'interrupted' : undefined), onEnd: () => undefined },
    )
    assert.deepEqual(started, ['service/a'])
    assert.deepEqual(
      outcomes.map(({ result }) => result),
      ['done', 'skipped', 'skipped'],
    )
  })

  it('tells each end once', async () => {
    const ends: string[] = []
    await runSteps([stepOf('a'), stepOf('b', 'a')], async step => outcomeOf(step, 'done'), {
      parallel: 4,
      skipReason: () => undefined,
      onEnd: ({ address }) => ends.push(address),
    })
    assert.deepEqual(ends, ['service/a', 'service/b'])
  })

  it('ends with a mistake of ours instead of hiding it in an outcome', async () => {
    const run = () => Promise.reject(new Error('a bug'))
    await assert.rejects(
      runSteps([stepOf('a')], run, { parallel: 1, skipReason: () => undefined, onEnd: () => undefined }),
      /a bug/,
    )
  })
})

// Steps that wait for steps before them only, as a plan has them.
const graphArbitrary = fc
  .array(fc.array(fc.nat(30), { maxLength: 4 }), { maxLength: 30 })
  .map(rows =>
    rows.map((needs, at) => stepOf(`n${at}`, ...new Set(at === 0 ? [] : needs.map(need => `n${need % at}`)))),
  )

function addressOf(name: string): Address {
  return `service/${name}`
}

// The scheduler reads addresses alone; a delete is the change with the least to it.
function stepOf(name: string, ...needs: string[]): Step {
  const before = { kind: 'service', name } as Observed
  return { change: { action: 'delete', address: addressOf(name), before }, waitsFor: needs.map(addressOf) }
}

function outcomeOf({ change }: Step, result: Outcome['result']): Outcome {
  return { address: change.address, action: change.action, result, durationMs: 0 }
}
