import assert from 'node:assert/strict'
import fc from 'fast-check'
import { createBacklog } from '../../src/edge/backlog.js'
import { limit, pause } from '../../src/edge/limit.js'
import { createProbe } from '../../src/edge/probe.js'
import { costOf, createUnread } from '../../src/edge/unread.js'

describe('what is not read yet', () => {
  it('is counted for each and for all, and forgotten with its connection', () => {
    const backlog = createBacklog()
    backlog.add(1, 100)
    backlog.add(2, 50)
    backlog.add(1, -40)
    assert.equal(backlog.total(), 110)
    backlog.remove(1)
    backlog.remove(7)
    assert.equal(backlog.total(), 50)
    backlog.add(2, -50)
    assert.equal(backlog.total(), 0)
  })

  it('costs its bytes and something for each piece, and nothing when all of it was read', () => {
    const whole = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 3000 })
    fc.assert(
      fc.property(whole, fc.integer({ min: 1, max: 500 }), (lengths, step) => {
        const unread = createUnread()
        for (const length of lengths) unread.add(length)
        for (let left = lengths.reduce((sum, length) => sum + length); left > 0; left -= step) {
          let pieces = 0
          for (let [at, bytes] = [lengths.length - 1, 0]; bytes < left; at--) {
            bytes += lengths[at] ?? 0
            pieces++
          }
          assert.equal(unread.cost(left), left + 256 * pieces)
        }
        assert.equal(unread.cost(0), 0)
        unread.add(5)
        assert.equal(unread.cost(5), 261)
      }),
      { numRuns: 30 },
    )
  })

  it('costs more than its body as a message, whatever its headers', () => {
    const message = { type: 1, sequence: 1, headers: new Map(), body: Buffer.alloc(0) }
    assert.equal(costOf(message), 256)
    const headers = new Map([1, 2].map(key => [key, Buffer.alloc(10)]))
    assert.equal(costOf({ ...message, headers, body: Buffer.alloc(7) }), 256 + 7 + 2 * 138)
  })

  it('names as stuck the one with the most that has read nothing lately', () => {
    const backlog = createBacklog()
    backlog.add(1, 100)
    backlog.add(2, 50)
    backlog.add(3, 10)
    assert.equal(backlog.stuck(), 1)
    backlog.add(1, -1)
    assert.equal(backlog.stuck(), 2)
    backlog.add(2, -1)
    backlog.add(3, -1)
    assert.equal(backlog.stuck(), undefined)
    backlog.mark()
    assert.equal(backlog.stuck(), 1)
  })
})

describe('a channel that is silent', () => {
  const probeOf = (answers: () => Promise<unknown>, isPaused = () => false) => {
    let asked = 0
    let probe: ReturnType<typeof createProbe> | undefined
    const silent = new Promise<number>(resolve => {
      const ask = () => {
        asked++
        return answers()
      }
      probe = createProbe({ ask, isPaused, onSilent: () => resolve(asked), everyMs: 5 })
    })
    return { silent, asked: () => asked, end: () => probe?.end(), hear: () => probe?.hear() }
  }

  it('is asked for a sign of life, and given up when none comes', async () => {
    const probe = probeOf(() => Promise.reject(new Error('no answer')))
    assert.equal(await probe.silent, 1)
    probe.end()
  })

  it('is kept as long as it answers, and not asked when this side reads nothing', async () => {
    const paused = probeOf(
      () => Promise.reject(new Error('no answer')),
      () => true,
    )
    let rounds = 0
    await new Promise<void>(resolve => {
      const probe = probeOf(async () => {
        probe.hear()
        if (++rounds === 5) {
          probe.end()
          resolve()
        }
      })
      probe.silent.then(() => assert.fail('given up'))
    })
    assert.equal(paused.asked(), 0)
    paused.end()
  })
})

describe('a limit in time', () => {
  const late = () => new Error('late')

  it('gives what comes in time, the failure too', async () => {
    assert.equal(await limit(Promise.resolve(1), 10_000, late), 1)
    await assert.rejects(limit(Promise.reject(new Error('failed')), 10_000, late), /failed/)
  })

  it('gives up what is late, and has it put away when it comes after all', async () => {
    let come: (value: string) => void = () => undefined
    const slow = new Promise<string>(resolve => {
      come = resolve
    })
    const discarded = new Promise<string>(resolve => {
      assert.rejects(limit(slow, 1, late, resolve), /late/).then(() => come('too late'))
    })
    assert.equal(await discarded, 'too late')
  })

  it('can be cut short, and leaves no timer', async () => {
    // By then the runner has set its own.
    await pause(0).done
    const before = process.getActiveResourcesInfo().filter(name => name === 'Timeout').length
    const resting = pause(60_000)
    resting.end()
    await resting.done
    assert.equal(process.getActiveResourcesInfo().filter(name => name === 'Timeout').length, before)
  })
})
