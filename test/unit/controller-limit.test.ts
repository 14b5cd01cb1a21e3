import assert from 'node:assert/strict'
import fc from 'fast-check'
import { createLimit, type Limit, type Sample } from '../../src/controller/limit.js'

describe('how many writes are in flight', () => {
  it('is never below one, nor above what is allowed, whatever happens', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 64 }),
        fc.array(sampleArbitrary, { maxLength: 300 }),
        (ceiling, samples) => {
          const limit = createLimit({ ceiling, start: 4, byLatency: true })
          let at = 0
          for (const { kind, took, result } of samples) {
            limit.started(kind, 0)
            limit.ended({ kind, startedAt: at, endedAt: at + took, result })
            at += took
            assert.ok(limit.now() >= 1 && limit.now() <= ceiling, `${limit.now()}`)
            assert.ok(limit.mayStart('any', 0), 'one may always begin')
            assert.ok(!limit.mayStart('any', ceiling))
          }
        },
      ),
    )
  })

  it('is little more than one for a controller that writes one at a time, which gets no less done by it', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1, max: 50, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (service, way) => {
          const server = { writers: 1, serviceMs: () => service, wayMs: way * service }
          const adaptive = serve(createLimit({ ceiling: 32, start: 4, byLatency: true }), server)
          assert.ok(adaptive.meanLimit < 5, `${adaptive.meanLimit} in flight`)
          const best = Math.max(...[1, 2, 4, 8, 32].map(count => serve(constant(count), server).perSecond))
          assert.ok(adaptive.perSecond > 0.95 * best, `${adaptive.perSecond} of ${best}`)
        },
      ),
      { numRuns: 50 },
    )
  })

  it('is as many as the way holds for a controller far away', () => {
    const { meanLimit } = serve(createLimit({ ceiling: 16, start: 4, byLatency: true }), {
      writers: 1,
      serviceMs: () => 2,
      wayMs: 60,
    })
    assert.ok(meanLimit > 14, `${meanLimit}`)
  })

  it('is as many as it begins with from the first on: a short run does not wait for what one takes alone', () => {
    const limit = createLimit({ ceiling: 8, start: 4, byLatency: true })
    for (let inFlight = 0; inFlight < 4; inFlight += 1) {
      assert.ok(limit.mayStart('a', inFlight), `${inFlight} in flight`)
      limit.started('a', inFlight)
    }
    assert.ok(!limit.mayStart('a', 4))
  })

  it('is what several writers can do', () => {
    const server = { writers: 4, serviceMs: () => 10, wayMs: 1 }
    const adaptive = serve(createLimit({ ceiling: 32, start: 1, byLatency: true }), server)
    assert.ok(adaptive.perSecond > 0.93 * serve(constant(32), server).perSecond)
    assert.ok(adaptive.meanLimit < 12, `${adaptive.meanLimit}`)
  })

  it('falls when the controller gets slower the more it is given', () => {
    const { meanLimit } = serve(createLimit({ ceiling: 32, start: 16, byLatency: true }), {
      writers: 1,
      serviceMs: inFlight => 6 * (1 + 0.3 * inFlight),
      wayMs: 1,
    })
    assert.ok(meanLimit < 3, `${meanLimit}`)
  })

  it('neither falls nor climbs when a network that fills up makes everything slower', () => {
    let served = 0
    const { meanLimit, lastLimit } = serve(createLimit({ ceiling: 32, start: 4, byLatency: true }), {
      writers: 1,
      serviceMs: () => 2 + served++ / 100,
      wayMs: 1,
    })
    assert.ok(meanLimit > 1.9 && meanLimit < 5 && lastLimit > 1 && lastLimit < 6, `${meanLimit}, ${lastLimit}`)
  })

  it('takes each kind of request by itself: one that costs ten times as much is no slower controller', () => {
    let served = 0
    const { lastLimit } = serve(createLimit({ ceiling: 32, start: 4, byLatency: true }), {
      writers: 1,
      serviceMs: () => (served++ < requests / 2 ? 2 : 20),
      wayMs: 4,
      kindOf: number => (number < requests / 2 ? 'cheap' : 'dear'),
    })
    assert.ok(lastLimit >= 2 && lastLimit < 6, `${lastLimit}`)
  })

  it('is halved by a refusal, once for all that were in flight together', () => {
    const limit = createLimit({ ceiling: 32, start: 16, byLatency: true })
    const refused = (startedAt: number, endedAt: number): Sample => ({
      kind: 'a',
      startedAt,
      endedAt,
      result: 'refused',
    })
    limit.ended(refused(0, 10))
    limit.ended(refused(1, 11))
    limit.ended(refused(9, 12))
    assert.equal(limit.now(), 8)
    limit.ended(refused(10, 20))
    assert.equal(limit.now(), 4)
  })

  it('recovers after refusals', () => {
    const limit = createLimit({ ceiling: 8, start: 8, byLatency: true })
    for (let at = 0; at < 10; at += 1) limit.ended({ kind: 'a', startedAt: at, endedAt: at + 1, result: 'refused' })
    assert.equal(limit.now(), 1)
    serve(limit, { writers: 1, serviceMs: () => 2, wayMs: 10 }, 100)
    assert.ok(limit.now() > 4, `${limit.now()}`)
  })

  it('changes only by refusals where latency says nothing, as with lists of all sizes', () => {
    const limit = createLimit({ ceiling: 8, start: 8, byLatency: false })
    const { meanLimit } = serve(limit, { writers: 1, serviceMs: () => 50, wayMs: 0 })
    assert.equal(meanLimit, 8)
    limit.ended({ kind: 'a', startedAt: 1e9, endedAt: 1e9, result: 'refused' })
    assert.equal(limit.now(), 4)
    serve(limit, { writers: 1, serviceMs: () => 50, wayMs: 0 }, 100)
    assert.equal(limit.now(), 8)
  })
})

const sampleArbitrary = fc.record({
  kind: fc.constantFrom('a', 'b', 'any'),
  took: fc.double({ min: 0, max: 10_000, noNaN: true }),
  result: fc.constantFrom('done', 'refused', 'unclear'),
}) satisfies fc.Arbitrary<Pick<Sample, 'kind' | 'result'> & { took: number }>

function constant(count: number): Limit {
  return {
    now: () => count,
    mayStart: (_, inFlight) => inFlight < count,
    started: () => undefined,
    ended: () => undefined,
  }
}

type Server = {
  readonly writers: number
  /** What one write takes, by how many are in flight. */
  readonly serviceMs: (inFlight: number) => number
  /** There and back, and all else that needs no writer. */
  readonly wayMs: number
  readonly kindOf?: (number: number) => string
}

const requests = 2000

// A client that always has something to send, in made-up time, and a server with a queue.
function serve(limit: Limit, { writers, serviceMs, wayMs, kindOf = () => 'a' }: Server, count = requests) {
  const freeAt = Array.from({ length: writers }, () => 0)
  const ends: Sample[] = []
  let [now, sent, sum] = [0, 0, 0]
  for (let done = 0; done < count; done += 1) {
    while (sent < count && limit.mayStart(kindOf(sent), ends.length)) {
      const kind = kindOf(sent)
      limit.started(kind, ends.length)
      const writer = freeAt.indexOf(Math.min(...freeAt))
      const until = Math.max(now + wayMs / 2, freeAt[writer] ?? 0) + serviceMs(ends.length)
      freeAt[writer] = until
      ends.push({ kind, startedAt: now, endedAt: until + wayMs / 2, result: 'done' })
      sent += 1
    }
    ends.sort((one, other) => one.endedAt - other.endedAt)
    const [first] = ends.splice(0, 1)
    assert.ok(first !== undefined, 'nothing is in flight, and nothing may begin')
    now = first.endedAt
    sum += limit.now()
    limit.ended(first)
  }
  return { perSecond: (count / now) * 1000, meanLimit: sum / count, lastLimit: limit.now() }
}
