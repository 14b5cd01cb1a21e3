import assert from 'node:assert/strict'
import { backOff, maxAttempts } from '../../src/controller/retry.js'

describe('the pause before another attempt', () => {
  it('doubles with each attempt up to five seconds', async () => {
    assert.deepEqual(await pauses(() => 0.999_999_999), [200, 400, 800, 1600, 3200, 5000])
  })

  it('is between a half and the whole of that, by chance, so that many clients do not come back at once', async () => {
    assert.deepEqual(await pauses(() => 0), [100, 200, 400, 800, 1600, 2500])
  })
})

async function pauses(random: () => number): Promise<number[]> {
  const slept: number[] = []
  const pace = {
    random,
    sleep: async (ms: number) => {
      slept.push(Math.round(ms))
    },
  }
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) await backOff(attempt, pace)
  return slept
}
