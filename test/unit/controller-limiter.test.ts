import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Limit, Sample } from '../../src/controller/limit.js'
import { createLimiter } from '../../src/controller/limiter.js'

describe('the queue in front of a limit', () => {
  it('lets begin in the order of coming, and never more than the limit allows', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.nat(3), { maxLength: 30 }),
        async (allowed, turns) => {
          const limiter = createLimiter(limitOf(allowed), () => 0)
          const begun: number[] = []
          let inFlight = 0
          const ended = await Promise.all(
            turns.map((wait, number) =>
              limiter(
                'a',
                async () => {
                  begun.push(number)
                  inFlight += 1
                  assert.ok(inFlight <= allowed)
                  for (let turn = 0; turn < wait; turn += 1) await new Promise(setImmediate)
                  inFlight -= 1
                  return number
                },
                () => 'done',
              ),
            ),
          )
          assert.deepEqual(begun, [...turns.keys()])
          assert.deepEqual(ended, [...turns.keys()])
        },
      ),
      { numRuns: 50 },
    )
  })

  it('goes on after a failure, which is told and passed on', async () => {
    const samples: Sample[] = []
    const limiter = createLimiter({ ...limitOf(1), ended: sample => samples.push(sample) }, () => 7)
    const [first, second] = await Promise.allSettled([
      limiter(
        'a',
        () => Promise.reject(new Error('no')),
        () => 'refused',
      ),
      limiter(
        'b',
        async () => 'yes',
        () => 'done',
      ),
    ])
    assert.equal(first.status, 'rejected')
    assert.deepEqual(second, { status: 'fulfilled', value: 'yes' })
    assert.deepEqual(samples, [
      { kind: 'a', startedAt: 7, endedAt: 7, result: 'refused' },
      { kind: 'b', startedAt: 7, endedAt: 7, result: 'done' },
    ])
  })

  it('counts time from the beginning, not from the coming', async () => {
    const samples: Sample[] = []
    let now = 0
    const limiter = createLimiter({ ...limitOf(1), ended: sample => samples.push(sample) }, () => now)
    const run = async () => {
      now += 10
    }
    await Promise.all([limiter('a', run, () => 'done'), limiter('a', run, () => 'done')])
    assert.deepEqual(
      samples.map(({ startedAt, endedAt }) => [startedAt, endedAt]),
      [
        [0, 10],
        [10, 20],
      ],
    )
  })
})

function limitOf(allowed: number): Limit {
  return {
    now: () => allowed,
    mayStart: (_, inFlight) => inFlight < allowed,
    started: () => undefined,
    ended: () => undefined,
  }
}
