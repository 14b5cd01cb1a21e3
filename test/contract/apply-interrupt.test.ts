import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Interrupted } from '../../src/errors.js'
import type { SpecInput } from '../../src/spec/schema.js'
import { startProxy } from '../support/proxy.js'
import { newWorld, type World } from '../support/world.js'
import { assertEmpty, failureOf, reportOf } from '../support/world-checks.js'
import { enrollmentOf } from './enroll-world.js'

describe('a run that is interrupted', () => {
  let world: World
  beforeEach(async () => {
    world = await newWorld()
  })
  afterEach(() => world?.end())

  const spec = (): SpecInput => ({ clusters: [{ name: world.word, prometheus: 'tunneled' }] })

  it('finishes what is running, skips the rest with its reason, and the next run goes on from there', async () => {
    const abort = new AbortController()
    const started: string[] = []
    const ended: string[] = []
    const error = await failureOf(
      world.converge(spec(), {
        parallel: 3,
        signal: abort.signal,
        listener: event => {
          if (event.type === 'step-started') started.push(event.address)
          if (event.type !== 'step-ended' || event.outcome.result === 'skipped') return
          ended.push(event.outcome.address)
          if (ended.length === 4) abort.abort()
        },
      }),
    )
    assert.ok(error instanceof Interrupted)
    assert.match(error.hint ?? '', /run the same command again/)
    const report = reportOf(error)
    assert.equal(report.interrupted, true)
    const by = (result: string) => report.outcomes.filter(outcome => outcome.result === result)
    assert.deepEqual(by('failed'), [])
    // Everything that was started is done: the four, and at most two that ran beside the last of them.
    assert.deepEqual(new Set(by('done').map(({ address }) => address)), new Set(started))
    assert.ok(by('done').length >= 4 && by('done').length <= 6, `${by('done').length} done`)
    assert.ok(by('skipped').every(({ detail }) => /^(interrupted|needs .+)$/.test(detail ?? '')))
    const { entities } = await world.observe()
    const ours = [...entities.values()].filter(({ owner }) => owner?.stack === world.word)
    assert.equal(ours.length, by('done').length)

    const { plan } = await world.converge(spec())
    assert.equal(plan.unchanged.length, by('done').length)
    assertEmpty((await world.preview(spec())).plan)
  })

  it('before its first step writes nothing at all', async () => {
    const confirm = async () => assert.fail('somebody was asked')
    const error = await failureOf(world.converge(spec(), { signal: AbortSignal.abort(), confirm }))
    assert.ok(error instanceof Interrupted)
    await assertUntouched()
  })

  it('at the question writes nothing either, whatever the answer', async () => {
    const abort = new AbortController()
    const confirm = async () => {
      abort.abort()
      return true
    }
    const beforeApply = async () => assert.fail('the spec was written')
    const error = await failureOf(world.converge(spec(), { signal: abort.signal, confirm, beforeApply }))
    assert.ok(error instanceof Interrupted)
    await assertUntouched()
  })

  async function assertUntouched(): Promise<void> {
    const { entities } = await world.observe()
    assert.ok(![...entities.values()].some(({ owner }) => owner?.stack === world.word))
    assert.deepEqual(await readdir(world.outDir), [])
  }

  it('between the entities and the enrolments leaves no half of an enrolment', async () => {
    const abort = new AbortController()
    const error = await failureOf(
      world.converge(spec(), {
        parallel: 1,
        signal: abort.signal,
        listener: event => {
          if (event.type === 'step-ended' && event.outcome.action === 'enroll') abort.abort()
        },
      }),
    )
    const enrolments = reportOf(error).outcomes.filter(({ address }) => address.startsWith('enrollment/'))
    assert.deepEqual(enrolments.map(({ result }) => result).sort(), ['done', 'skipped', 'skipped'])
    const done = enrolments.filter(({ result }) => result === 'done')
    for (const { detail } of done) assert.ok(existsSync(join(world.outDir, detail ?? '')))
    await world.converge(spec())
    assertEmpty((await world.preview(spec())).plan)
  })

  describe('when enrolments are asked for anew', () => {
    const names = () => ['a', 'b', 'c'].map(name => `${world.word}.${name}`)
    // The first enrolled, the others with tokens that their holders are to spend.
    const people = (more: readonly string[] = []): SpecInput => ({
      developers: [...names(), ...more].map((name, at) => ({ name, enroll: at === 0 })),
    })
    const states = () => Promise.all(names().map(name => enrollmentOf(world, name)))
    let before: Awaited<ReturnType<typeof states>>
    beforeEach(async () => {
      await world.converge(people())
      before = await states()
      const isGood = before.map(one => one?.certificate !== undefined || one?.ott !== undefined)
      assert.deepEqual(isGood, [true, true, true])
    })

    it('before the first of them gives up no token and no certificate', async () => {
      const abort = new AbortController()
      const error = await failureOf(
        world.converge(people([`${world.word}.d`]), {
          reEnroll: names(),
          signal: abort.signal,
          listener: event => {
            if (event.type === 'step-ended') abort.abort()
          },
        }),
      )
      assert.ok(error instanceof Interrupted, error.stack)
      assert.deepEqual(await states(), before)
    })

    it('while tokens are replaced finishes the one at hand and leaves the others alone', async () => {
      const abort = new AbortController()
      const proxy = await startProxy(world.overlay)
      try {
        const tokens = before.slice(1).map(one => `/enrollments/${one?.ott?.id}`)
        for (const token of tokens) {
          proxy.on('DELETE', token, async () => {
            abort.abort()
            return 'pass'
          })
        }
        const options = { reEnroll: names().slice(1), parallel: 1, signal: abort.signal }
        const error = await failureOf(world.converge(people(), { ...options, through: proxy }))
        assert.ok(error instanceof Interrupted, error.stack)
        assert.equal(tokens.filter(token => proxy.count('DELETE', token) > 0).length, 1)
      } finally {
        await proxy.close()
      }
      const after = await states()
      const isAnother = after.map((one, at) => one?.ott?.id !== before[at]?.ott?.id)
      assert.equal(isAnother.filter(is => is).length, 1)
      assert.ok(after.slice(1).every(one => one?.ott !== undefined))
      await world.converge(people())
      assertEmpty((await world.preview(people())).plan)
    })
  })
})
