import assert from 'node:assert/strict'
import { holdSession } from '../../src/controller/held-session.js'
import type { Session } from '../../src/controller/index.js'
import { failureOf } from '../support/world-checks.js'

describe('a session that is held', () => {
  let now = 0
  let timers: { readonly at: number; readonly run: () => void }[] = []
  beforeEach(() => {
    now = 0
    timers = []
  })

  const lifeMs = 100_000
  const bearer = (token: string): Session => ({ token, expiresAt: now + lifeMs, kind: 'bearer', refreshToken: 'r' })
  // What a timer starts goes on in promises.
  const pass = async (ms: number) => {
    now += ms
    const due = timers.filter(({ at }) => at <= now)
    timers = timers.filter(({ at }) => at > now)
    for (const { run } of due) run()
    for (let turn = 0; turn < 20; turn++) await Promise.resolve()
  }
  const schedule = (run: () => void, ms: number) => {
    const timer = { at: now + ms, run }
    timers.push(timer)
    return () => {
      timers = timers.filter(one => one !== timer)
    }
  }
  const hold = (refresh: (session: Session) => Promise<Session | undefined>, kind: 'bearer' | 'zt' = 'bearer') => {
    const renewals: string[] = []
    let logins = 0
    const held = holdSession({
      now: () => now,
      logIn: async () => {
        logins += 1
        const session = bearer(`login-${logins}`)
        return kind === 'bearer' ? session : { token: session.token, expiresAt: session.expiresAt }
      },
      refresh,
      onRenewal: (before, after) => void renewals.push(`${before} > ${after}`),
      schedule,
    })
    const token = async () => (await held.current()).token
    return { held, token, renewals, logins: () => logins }
  }
  const counting = () => {
    let count = 0
    return async () => bearer(`renewed-${++count}`)
  }

  it('is made once, however many ask', async () => {
    const { token, logins } = hold(counting())
    assert.deepEqual(await Promise.all([token(), token(), token()]), ['login-1', 'login-1', 'login-1'])
    assert.equal(logins(), 1)
  })

  it('is renewed well before it is over, each time, though nobody asks for it', async () => {
    const { token, renewals, logins } = hold(counting())
    await token()
    await pass(lifeMs * 0.5)
    assert.deepEqual(renewals, [])
    await pass(lifeMs * 0.2)
    await pass(lifeMs * 0.7)
    assert.deepEqual(renewals, ['login-1 > renewed-1', 'renewed-1 > renewed-2'])
    assert.equal(await token(), 'renewed-2')
    assert.equal(logins(), 1)
  })

  it('is left as it is when it is no bearer token: use alone keeps it', async () => {
    const { token, renewals } = hold(() => assert.fail('nothing to renew'), 'zt')
    await token()
    await pass(lifeMs * 2)
    assert.equal(await token(), 'login-1')
    assert.deepEqual(renewals, [])
  })

  it('is asked for again, and again, while the controller is away, and stays good meanwhile', async () => {
    let left = 3
    const renew = counting()
    const { token, renewals } = hold(async () => {
      if (left-- > 0) throw new Error('away')
      return renew()
    })
    await token()
    await pass(lifeMs * 0.6)
    assert.equal(await token(), 'login-1')
    for (let step = 0; step < 30; step++) await pass(lifeMs / 100)
    assert.deepEqual(renewals, ['login-1 > renewed-1'])
  })

  it('is made anew when it cannot be renewed and is over; until then it is used', async () => {
    let asked = 0
    const { token, logins } = hold(async () => {
      asked += 1
      return undefined
    })
    await token()
    await pass(lifeMs * 0.9)
    assert.deepEqual([asked, await token(), logins()], [1, 'login-1', 1])
    await pass(lifeMs * 0.2)
    assert.deepEqual(await Promise.all([token(), token()]), ['login-2', 'login-2'])
  })

  it('is renewed when it is asked for after a sleep in which no timer ran', async () => {
    const { token } = hold(counting())
    await token()
    timers = []
    now += lifeMs * 5
    assert.deepEqual(await Promise.all([token(), token()]), ['renewed-1', 'renewed-1'])
  })

  it('that was given up is not renewed, and what comes of a renewal under way is not kept', async () => {
    let finish: (session: Session) => void = () => undefined
    const { held, token, renewals, logins } = hold(() => new Promise(resolve => (finish = resolve)))
    await token()
    await pass(lifeMs * 0.7)
    held.forget('another')
    assert.equal(await token(), 'login-1')
    held.forget('login-1')
    finish(bearer('late'))
    assert.equal(await token(), 'login-2')
    assert.deepEqual([renewals, logins()], [[], 2])
  })

  it('is tried anew after a log-in that failed', async () => {
    let isDown = true
    const held = holdSession({
      now: () => now,
      logIn: async () => {
        if (isDown) throw new Error('down')
        return bearer('made')
      },
      refresh: counting(),
      onRenewal: () => undefined,
      schedule,
    })
    assert.equal((await failureOf(held.current())).message, 'down')
    isDown = false
    assert.equal((await held.current()).token, 'made')
  })

  it('is given back at its end, and renewed no more', async () => {
    const { held, token, renewals } = hold(counting())
    assert.equal(await held.end(), undefined)
    await token()
    assert.equal((await held.end())?.token, 'login-1')
    assert.deepEqual([timers, renewals], [[], []])
  })
})
