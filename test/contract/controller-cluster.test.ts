import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ControllerError, VerifyError } from '../../src/errors.js'
import type { CheckResult } from '../../src/model/check.js'
import type { Report } from '../../src/model/report.js'
import { hasWork } from '../../src/plan/index.js'
import type { Event } from '../../src/report/events.js'
import { type ControllerCluster, requiresCluster, startControllerCluster } from '../support/controller-cluster.js'
import { newWorld, type World } from '../support/world.js'
import { assertEmpty, failureOf, reportOf, until } from '../support/world-checks.js'
import type { RunOptions } from '../support/world-run.js'

describe('a real cluster of three controllers', function () {
  this.timeout(240_000)
  let cluster: ControllerCluster
  let world: World

  before(async function () {
    await requiresCluster(this)
    cluster = await startControllerCluster()
  })
  after(() => cluster?.stop())
  beforeEach(async () => {
    world = await newWorld(cluster.overlay)
  })
  afterEach(async () => {
    await cluster?.revive()
    await world?.end()
  })

  const spec = () => ({
    overlay: { routerPolicies: 'own' as const },
    clusters: [
      { name: `${world.word}A`, prometheus: 'tunneled' as const },
      { name: `${world.word}B`, prometheus: 'dark' as const },
    ],
    developers: [{ name: `${world.word}.client`, enroll: true }],
  })
  // From the one that is named on, as the cluster itself tells them.
  const from = (url: string): RunOptions => ({
    through: { url, ca: cluster.overlay.ca },
    leaderWaitMs: 60_000,
    timeoutMs: 10_000,
  })
  const leader = () => cluster.urls[0] ?? ''
  const follower = () => cluster.urls[1] ?? ''

  // Ends a controller once, when the run says something.
  const endingAt = (url: string, isTime: (event: Event) => boolean) => {
    let ended: Promise<void> | undefined
    const listener = (event: Event) => {
      if (ended === undefined && isTime(event)) ended = cluster.kill(url)
    }
    return { listener, over: () => ended }
  }
  const afterSteps = (count: number) => (event: Event) => event.type === 'step-ended' && event.done >= count
  const atFirst = (action: string) => (event: Event) => event.type === 'step-started' && event.action === action

  function assertDone({ outcomes }: Report): void {
    assert.deepEqual(
      outcomes.filter(({ result }) => result !== 'done'),
      [],
    )
  }

  // Whole, once, and each identity file is of a certificate that the network has.
  async function assertWhole(url: string): Promise<void> {
    const plan = async () => (await world.preview(spec(), from(url))).plan
    // One that had no part in it hears of the last change a moment later.
    await until('it has heard of everything', async () => !hasWork(await plan())).catch(() => undefined)
    assertEmpty(await plan())
    // There is no router here: what is asked is who is enrolled.
    const failed = (await failureOf(world.verify(spec(), from(url)))) as VerifyError<CheckResult[]>
    assert.ok(failed instanceof VerifyError, failed.stack)
    const checks = failed.results.filter(({ id }) => id.startsWith('enrolled/'))
    assert.ok(checks.length >= 5)
    assert.deepEqual(
      checks.filter(({ result }) => result === 'fail'),
      [],
    )
  }

  it('is known to a run that was told of one of them, once that is more than a glance', async () => {
    const controller = world.open(from(follower()))
    await controller.list('/identities')
    assert.deepEqual(controller.nodes(), [follower()])
    for (let more = 1; more < 12; more += 1) await controller.list('/config-types')
    assert.deepEqual([...controller.nodes()].sort(), [...cluster.urls].sort())
    assert.equal(controller.node(), follower())
  })

  it('is known to a run that writes, and to one that asks for it', async () => {
    const controller = world.open(from(follower()))
    await controller.list('/config-types')
    await controller.remove('/identities', 'none')
    assert.deepEqual([...controller.nodes()].sort(), [...cluster.urls].sort())
    const other = world.open(from(follower()))
    await other.list('/config-types')
    await other.learnNodes()
    assert.deepEqual([...other.nodes()].sort(), [...cluster.urls].sort())
  })

  for (const [who, url] of [
    ['its leader', leader],
    ['a follower', follower],
  ] as const) {
    it(`goes on with another when ${who} is killed in the middle of an apply`, async () => {
      const { listener, over } = endingAt(url(), afterSteps(7))
      const moves: string[] = []
      const options = { ...from(url()), listener, onMove: ({ to }: { to: string }) => moves.push(to) }
      const { report } = await world.converge(spec(), options).catch(error => ({ report: reportOf(error) }))
      assert.ok(over() !== undefined, 'nothing was killed')
      assert.ok(moves.length > 0)
      assertDone(report)
      await assertWhole(cluster.urls[2] ?? '')
    })

    it(`has a token issued anew by another when ${who} is killed before it is redeemed`, async () => {
      const { listener, over } = endingAt(url(), atFirst('enroll'))
      const { report } = await world.converge(spec(), { ...from(url()), listener, parallel: 1 })
      assert.ok(over() !== undefined, 'nothing was killed')
      assertDone(report)
      const file = await readFile(join(world.outDir, 'developers', `${world.word}.client.json`), 'utf8')
      const { ztAPI } = JSON.parse(file) as { ztAPI: string }
      assert.ok(!ztAPI.startsWith(url()), ztAPI)
      await assertWhole(cluster.urls[2] ?? '')
    })
  }

  it('has a token issued anew in a run that has nothing left but to enroll', async () => {
    const stop = new AbortController()
    const listener = (event: Event) => {
      if (atFirst('enroll')(event)) stop.abort()
    }
    await failureOf(world.converge(spec(), { ...from(leader()), parallel: 1, listener, signal: stop.signal }))
    const ending = endingAt(leader(), atFirst('enroll'))
    const { report } = await world.converge(spec(), { ...from(leader()), listener: ending.listener, parallel: 1 })
    assert.ok(ending.over() !== undefined, 'nothing was killed')
    assertDone(report)
    assert.ok(report.outcomes.every(({ action }) => action === 'enroll' || action === 'save-token'))
    await assertWhole(cluster.urls[2] ?? '')
  })

  it('tells an identity its services though the controller that enrolled it is gone', async () => {
    await world.converge(spec(), from(leader()))
    await cluster.kill(leader())
    const failed = (await failureOf(world.verify(spec(), from(follower())))) as VerifyError<CheckResult[]>
    const services = failed.results.filter(({ id }) => id === `services/${world.word}.client`)
    assert.match(services.map(({ detail }) => detail).join(), /as the controller tells the identity itself/)
  })

  it('answers a plan without a leader', async () => {
    await world.converge(spec(), from(leader()))
    await Promise.all([cluster.kill(leader()), cluster.kill(follower())])
    assertEmpty((await world.preview(spec(), from(cluster.urls[2] ?? ''))).plan)
  })

  it('takes changes again as soon as there is a leader', async () => {
    await Promise.all([cluster.kill(leader()), cluster.kill(follower())])
    let revived: Promise<void> | undefined
    const onLeaderless = () => {
      revived ??= cluster.revive()
    }
    const { report } = await world.converge(spec(), { ...from(cluster.urls[2] ?? ''), onLeaderless })
    assert.ok(revived !== undefined, 'it was not waited')
    await revived
    assertDone(report)
    await assertWhole(leader())
  })

  it('takes none without a leader, and says so after the wait', async () => {
    await Promise.all([cluster.kill(leader()), cluster.kill(follower())])
    const error = await failureOf(world.converge(spec(), { ...from(cluster.urls[2] ?? ''), leaderWaitMs: 12_000 }))
    assert.ok(error instanceof ControllerError, error.stack)
    assert.match(error.message, /no leader/)
    await cluster.revive()
    await world.converge(spec(), from(leader()))
    await assertWhole(leader())
  })

  it('is no place that answers when all of it is gone', async () => {
    const controller = world.open(from(leader()))
    await controller.list('/services')
    await controller.learnNodes()
    await Promise.all(cluster.urls.map(cluster.kill))
    const error = await failureOf(controller.list('/services'))
    assert.ok(error instanceof ControllerError, error.stack)
    assert.match(error.message, /none of the 3 controllers/)
  })
})
