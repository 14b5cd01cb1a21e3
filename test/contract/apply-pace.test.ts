import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import type { Enroller } from '../../src/flows/ports.js'
import type { Entity } from '../../src/model/entity.js'
import { type Fate, type FaultProxy, type RealAnswer, startProxy } from '../support/proxy.js'
import { newWorld, type World } from '../support/world.js'
import { assertEmpty } from '../support/world-checks.js'
import { topologyOf } from './kinds-samples.js'

describe('how many creates are in flight at the real controller', () => {
  let world: World
  let proxy: FaultProxy
  beforeEach(async () => {
    world = await newWorld()
    proxy = await startProxy(world.overlay)
  })
  afterEach(async () => {
    await proxy?.close()
    await world?.end()
  })

  const topology = (count: number) =>
    topologyOf(
      world.word,
      Array.from({ length: count }, (_, at): Entity => {
        return { kind: 'identity', name: `${world.word}.${at}`, fields: { isAdmin: false, roleAttributes: [] } }
      }),
    )

  // How many are in flight as each create arrives; `meet` answers it.
  function watch(meet: (number: number, exchange: Exchange) => Promise<unknown>): number[] {
    const counts: number[] = []
    let inFlight = 0
    const fate = async (): Promise<Fate> => {
      inFlight += 1
      const number = counts.push(inFlight)
      return {
        instead: async (response, real) => {
          await meet(number, { response, pass: async () => answer(response, await real()) })
          inFlight -= 1
        },
      }
    }
    proxy.on('POST', '/identities', fate, Number.POSITIVE_INFINITY)
    return counts
  }

  it('falls to one while it answers 429, and recovers; every step of the run is done', async () => {
    const [from, to, count] = [40, 70, 160]
    const counts = watch(async (number, { response, pass }) => {
      if (number < from || number >= to) return later(8, pass)
      await later(8, () => answer429(response))
    })
    const { report } = await world.converge(topology(count), { through: proxy })
    assert.deepEqual([...new Set(report.outcomes.map(({ result }) => result))], ['done'])
    const most = (some: readonly number[]) => Math.max(...some)
    assert.ok(most(counts.slice(10, from)) >= 4, `before: ${counts.slice(0, from)}`)
    assert.equal(most(counts.slice(to - 10, to)), 1, `meanwhile: ${counts.slice(from, to)}`)
    assert.ok(most(counts.slice(-40)) >= 4, `afterwards: ${counts.slice(to)}`)
    assertEmpty((await world.preview(topology(count))).plan)
  })

  it('stays low when it works on one at a time, however many are allowed', async () => {
    let turn: Promise<unknown> = Promise.resolve()
    const counts = watch((_, { pass }) => {
      turn = turn.then(() => later(10, pass))
      return turn
    })
    await world.converge(topology(120), { through: proxy, parallel: 32 })
    assert.ok(Math.max(...counts.slice(40)) <= 6, `${counts}`)
  })

  it('climbs to what is allowed, and no higher, when the way is long', async () => {
    const counts = watch((_, { pass }) => later(60, pass))
    await world.converge(topology(200), { through: proxy, parallel: 10 })
    assert.equal(Math.max(...counts), 10, `${counts}`)
  })

  it('is lowered for enrolments too, which are asked for again when there were too many', async () => {
    const developers = Array.from({ length: 6 }, (_, at) => ({ name: `dev${at}.${world.word}`, enroll: true }))
    const enroller = (real: Enroller): Enroller => ({
      ...real,
      enroll: (jwt, key) => real.enroll(proxy.signed(jwt), key),
    })
    proxy.on('POST', '/enroll', { status: 429 }, 12)
    const { report } = await world.converge({ developers }, { through: proxy, enroller })
    assert.deepEqual([...new Set(report.outcomes.map(({ result }) => result))], ['done'])
    assert.equal(proxy.count('POST', '/enroll'), 12 + developers.length)
    assertEmpty((await world.preview({ developers })).plan)
  })
})

type Exchange = { readonly response: ServerResponse; readonly pass: () => Promise<unknown> }

async function later(ms: number, run: () => unknown): Promise<void> {
  await new Promise(resolve => setTimeout(resolve, ms))
  await run()
}

async function answer(response: ServerResponse, { incoming, bytes }: RealAnswer): Promise<void> {
  response.writeHead(incoming.statusCode ?? 502, incoming.headers).end(bytes)
}

function answer429(response: ServerResponse): void {
  const error = { code: 'SERVER_TOO_MANY_REQUESTS', message: 'the proxy says so', requestId: 'proxy', cause: null }
  response.writeHead(429, { 'content-type': 'application/json' }).end(JSON.stringify({ error, meta: {} }))
}
