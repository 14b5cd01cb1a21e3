import assert from 'node:assert/strict'
import { AuthError, ControllerError } from '../../src/errors.js'
import type { Enroller } from '../../src/flows/ports.js'
import type { Report } from '../../src/model/report.js'
import { type FaultProxy, startTwoProxies } from '../support/proxy.js'
import { newWorld, type World } from '../support/world.js'
import { assertEmpty, failureOf, reportOf } from '../support/world-checks.js'
import type { RunOptions } from '../support/world-run.js'
import { everythingOf, topologyOf } from './kinds-samples.js'

// One real controller under two addresses stands for two of a cluster: which of them is asked, and what is made of its
// loss, is zprom's part of it. A real cluster is in controller-cluster.test.ts.
describe('a list of controllers', () => {
  let world: World
  let first: FaultProxy
  let second: FaultProxy
  beforeEach(async () => {
    world = await newWorld()
    ;[first, second] = await startTwoProxies(world.overlay)
  })
  afterEach(async () => {
    await Promise.all([first?.close(), second?.close()])
    await world?.end()
  })

  const topology = () => topologyOf(world.word, everythingOf(world.word))
  const both = (): NonNullable<RunOptions['through']> => ({
    url: first.url,
    others: [second.url],
    ca: first.ca,
  })
  // The connection breaks and nothing listens any more.
  const lose = (proxy: FaultProxy) => async () => {
    await proxy.close()
    return 'reset' as const
  }

  function assertDone({ outcomes }: Report): void {
    const left = outcomes.filter(({ result }) => result !== 'done')
    assert.deepEqual(left, [])
    assert.equal(new Set(outcomes.map(({ address }) => address)).size, topology().entities.length)
  }

  async function assertWhole(): Promise<void> {
    assertEmpty((await world.preview(topology())).plan)
  }

  it('is used from its beginning, and the others are left alone while it answers', async () => {
    await world.converge(topology(), { through: both() })
    assert.equal(second.connections(), 0)
    await assertWhole()
  })

  it('serves a run whose first controller is not there, with one log-in at the second', async () => {
    await first.close()
    const moves: { from: string; to: string }[] = []
    const { report } = await world.converge(topology(), { through: both(), onMove: move => moves.push(move) })
    assertDone(report)
    assert.equal(second.count('POST', '/authenticate'), 1)
    assert.deepEqual(
      moves.map(({ from, to }) => [from, to]),
      [[first.url, second.url]],
    )
    await assertWhole()
  })

  it('goes on in the middle of a plan, which is then read from one controller alone', async () => {
    first.on('GET', '/services', lose(first))
    const { plan } = await world.preview(topology(), { through: both() })
    assert.equal(plan.steps.length, topology().entities.length)
    for (const path of ['/configs', '/identities', '/services']) assert.ok(second.count('GET', path) > 0, path)
  })

  for (const [method, path] of [
    ['POST', '/configs'],
    ['POST', '/identities'],
    ['POST', '/services'],
    ['POST', '/service-policies'],
  ] as const) {
    it(`goes on in the middle of an apply, at ${method} ${path}: everything is there once, and every step is done`, async () => {
      first.on(method, path, lose(first))
      const { report } = await world.converge(topology(), { through: both() })
      assertDone(report)
      assert.equal(second.count('POST', '/authenticate'), 1)
      await assertWhole()
    })
  }

  it('reads everything again once another controller is in use', async () => {
    first.on('POST', '/service-policies', lose(first))
    await world.converge(topology(), { through: both() })
    // Of the look-ups by name there is one; of the lists, one for each kind.
    assert.ok(second.count('GET', '/config-types') > 0)
  })

  it('looks a lost answer up at the controller that was asked', async () => {
    first.on('POST', '/services', 'lose-answer')
    const { report } = await world.converge(topology(), { through: both() })
    assertDone(report)
    assert.equal(report.outcomes.filter(({ detail }) => detail === 'was there already').length, 1)
    assert.equal(second.connections(), 0)
  })

  it('looks a lost answer up at the next controller when the one that was asked is lost with it', async () => {
    first.on('POST', '/services', async () => {
      setImmediate(() => first.close())
      return 'lose-answer'
    })
    const { report } = await world.converge(topology(), { through: both() })
    assertDone(report)
    await assertWhole()
  })

  it('does not leave a controller for one connection that broke', async () => {
    first.on('GET', '/services', 'reset')
    await world.preview(topology(), { through: both() })
    assert.equal(second.connections(), 0)
  })

  it('leaves one that hangs', async () => {
    first.on('*', '', 'hang', 1000)
    const { report } = await world.converge(topology(), { through: both(), timeoutMs: 500 })
    assertDone(report)
  })

  it('sends nothing more to one that hangs, whatever waits for its turn there', async () => {
    first.on('POST', 's', 'hang', 1000)
    const wish = { clusters: [{ name: `${world.word}A`, prometheus: 'tunneled' as const }], developers: [] }
    const { report } = await world.converge(wish, { through: both(), timeoutMs: 500, parallel: 16 })
    const left = report.outcomes.filter(({ result }) => result !== 'done')
    assert.deepEqual(left, [])
    // Four at once is what a controller gets at first.
    assert.ok(first.count('POST', 's') <= 4, String(first.count('POST', 's')))
  })

  it('leaves one that is lost at a request which is not to be sent twice', async () => {
    const enrolled = { clusters: [], developers: [{ name: `${world.word}.client`, enroll: true }] }
    await world.converge(enrolled)
    first.on('POST', '/re-enroll', lose(first))
    const reEnroll = [`${world.word}.client`]
    const { report } = await world.converge(enrolled, { through: both(), reEnroll })
    assert.deepEqual(
      report.outcomes.map(({ address, result }) => [address, result]),
      [[`enrollment/${world.word}.client`, 'done']],
    )
    assertEmpty((await world.preview(enrolled)).plan)
  })

  it('leaves one behind a gateway that says 503, but not for the first time', async () => {
    first.on('GET', '/services', { instead: response => void response.writeHead(503).end('no backend') }, 2)
    const { plan } = await world.preview(topology(), { through: both() })
    assert.equal(plan.steps.length, topology().entities.length)
    assert.ok(second.count('GET', '/services') > 0)
  })

  it('names what became of each when none answers', async () => {
    await Promise.all([first.close(), second.close()])
    const error = await failureOf(world.preview(topology(), { through: both() }))
    assert.ok(error instanceof ControllerError)
    assert.match(error.message, /none of the 2 controllers/)
    for (const { url } of [first, second]) assert.ok(error.message.includes(`${url}: nothing listens there`))
  })

  it('is told apart from a login that the next one refuses', async () => {
    await first.close()
    const session = await world.admin.session()
    const error = await failureOf(world.preview(topology(), { through: both(), session }))
    assert.ok(error instanceof AuthError, error.stack)
    assert.ok(error.message.startsWith(second.url), error.message)
  })

  it('names what became of each when none answers and a session is all that there is, instead of asking for a login', async () => {
    const session = await world.admin.session()
    await Promise.all([first.close(), second.close()])
    const error = await failureOf(world.preview(topology(), { through: both(), session }))
    assert.ok(error instanceof ControllerError, error.stack)
    assert.equal(error.exitCode, 5)
    for (const { url } of [first, second]) assert.ok(error.message.includes(`${url}: nothing listens there`))
  })

  describe('of which none is left in mid-run, with a session as all that there is', () => {
    const assertNoneAnswers = (error: Error) => {
      assert.ok(error instanceof ControllerError, error.stack)
      assert.equal(error.exitCode, 5)
      for (const { url } of [first, second]) assert.ok(error.message.includes(url), error.message)
    }

    // Several requests are under way then, of which one alone turns to the second.
    for (const path of ['/identities', '/configs', '/services', '/service-policies', '/edge-router-policies']) {
      it(`names what became of each when the first is lost at GET ${path}`, async () => {
        const session = await world.admin.session()
        await second.close()
        first.on('GET', path, lose(first))
        assertNoneAnswers(await failureOf(world.preview(topology(), { through: both(), session })))
      })
    }

    it('names what became of each when they are lost before the first write', async () => {
      const session = await world.admin.session()
      const confirm = async () => {
        await Promise.all([first.close(), second.close()])
        return true
      }
      assertNoneAnswers(await failureOf(world.converge(topology(), { through: both(), session, confirm })))
      await world.converge(topology())
      await assertWhole()
    })

    it('says so of what cannot be looked up by a name, too', async () => {
      const names = ['a', 'b'].map(name => `${world.word}.${name}`)
      const people = { developers: names.map(name => ({ name })) }
      await world.converge(people)
      const session = await world.admin.session()
      await second.close()
      first.on('POST', '/enrollments', lose(first))
      const run = world.converge(people, { through: both(), session, reEnroll: names, parallel: 1 })
      const [lost, next] = reportOf(await failureOf(run)).outcomes
      assert.ok(lost?.detail?.includes(first.url), lost?.detail)
      for (const { url } of [first, second]) assert.ok(next?.detail?.includes(url), next?.detail)
      await world.converge(people)
      assertEmpty((await world.preview(people)).plan)
    })

    it('takes a gateway that has nobody behind it for one that is lost', async () => {
      const session = await world.admin.session()
      second.on('*', '', { instead: response => void response.writeHead(502).end('no backend') }, 1_000)
      await first.close()
      assertNoneAnswers(await failureOf(world.preview(topology(), { through: both(), session })))
    })
  })

  it('waits for a leader, tells that it does, and goes on when there is one', async () => {
    let told = 0
    for (const proxy of [first, second]) proxy.on('POST', '/configs', { status: 503 }, 3)
    const { report } = await world.converge(topology(), { through: both(), onLeaderless: () => (told += 1) })
    assertDone(report)
    assert.ok(told > 0)
    await assertWhole()
  })

  it('waits for a leader once, however many changes wait for it', async () => {
    let told = 0
    for (const proxy of [first, second]) proxy.on('POST', 's', { status: 503 }, 10)
    const { report } = await world.converge(topology(), { through: both(), onLeaderless: () => (told += 1) })
    assertDone(report)
    assert.equal(told, 1)
  })

  it('stays with the one in use for want of a leader, when a session is all that there is', async () => {
    const session = await world.admin.session()
    first.on('POST', 's', { status: 503 }, 10_000)
    const error = await failureOf(world.converge(topology(), { through: both(), session, leaderWaitMs: 2_000 }))
    assert.equal((error as ControllerError).exitCode, 5, error.stack)
    assert.match(error.message, /had no leader for 2 s/)
    assert.equal(second.connections(), 0)
  })

  it('without a leader for longer than asked ends at once, having done nothing, and goes on when run again', async () => {
    for (const proxy of [first, second]) proxy.on('POST', 's', { status: 503 }, 10_000)
    const run = world.converge(topology(), { through: both(), leaderWaitMs: 300 })
    const error = await failureOf(run)
    assert.ok(error instanceof ControllerError, error.stack)
    assert.equal(error.exitCode, 5)
    assert.match(error.message, /the controller cluster had no leader for 0.3 s/)
    await world.converge(topology())
    await assertWhole()
  })

  describe('while identities are enrolled', () => {
    const developers = () => ['a', 'b', 'c'].map(name => ({ name: `${world.word}.${name}`, enroll: true }))
    const wish = () => ({ clusters: [], developers: developers() })
    // Tokens that the first of them issued.
    const enroller = (real: Enroller): Enroller => ({
      ...real,
      enroll: (jwt, key) => real.enroll(first.signed(jwt), key),
    })
    const noLeader = { status: 503 } as const

    it('waits for a leader once, however many wait for it, and ends with 5 when that was all there was to do', async () => {
      first.on('POST', '/enroll', noLeader, 10_000)
      const options = { through: both(), enroller, leaderWaitMs: 1_000, parallel: 1 }
      await failureOf(world.converge(wish(), options))
      const before = first.count('POST', '/enroll')
      const error = await failureOf(world.converge(wish(), options))
      assert.ok(error instanceof ControllerError, error.stack)
      assert.equal(error.exitCode, 5)
      // The first waits, the two after it are told at once that it was in vain.
      const tries = first.count('POST', '/enroll') - before
      assert.ok(tries >= 4 && tries <= 8, String(tries))
      await world.converge(wish())
      assertEmpty((await world.preview(wish())).plan)
    })

    it('looks again, and enrolls what is left, when an answer was lost with the controller that gave it', async () => {
      const lost = { times: 0 }
      first.on('POST', '/enroll', async () => {
        lost.times += 1
        setImmediate(() => first.close())
        return 'lose-answer'
      })
      const { report } = await world.converge(wish(), {
        through: both(),
        parallel: 1,
        enroller: real => ({
          ...real,
          // What the second issues is of the controller behind it.
          enroll: (jwt, key) => real.enroll(lost.times === 0 ? first.signed(jwt) : jwt, key),
        }),
      })
      assert.equal(lost.times, 1)
      const left = report.outcomes.filter(({ result }) => result !== 'done')
      assert.deepEqual(left, [])
      assertEmpty((await world.preview(wish())).plan)
    })
  })
})
