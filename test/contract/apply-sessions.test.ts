import assert from 'node:assert/strict'
import { createHttp } from '../../src/controller/http.js'
import { createSessions } from '../../src/controller/session.js'
import { ApplyError, AuthError } from '../../src/errors.js'
import { asRaw, text } from '../../src/kinds/index.js'
import { type FaultProxy, startProxy } from '../support/proxy.js'
import { newWorld, type World } from '../support/world.js'
import { assertEmpty, failureOf, reportOf, resultsOf } from '../support/world-checks.js'
import { everythingOf, topologyOf } from './kinds-samples.js'

describe('a session that ends in the middle of a run', () => {
  let world: World
  let proxy: FaultProxy
  let earlier: ReadonlySet<string>
  beforeEach(async () => {
    world = await newWorld()
    proxy = await startProxy(world.overlay)
    earlier = new Set(await listSessions())
  })
  afterEach(async () => {
    await proxy?.close()
    await world?.end()
  })

  const topology = () => topologyOf(world.word, everythingOf(world.word))
  const logins = () => proxy.count('POST', '/authenticate')

  const listSessions = async () =>
    (await world.admin.list('/api-sessions')).map(row => text(asRaw(row, 'session'), 'id', 'session'))

  // Ends every session that began since the case did; whoever holds one is told 401 from now on.
  async function endSessions(): Promise<void> {
    const ids = (await listSessions()).filter(id => !earlier.has(id))
    await Promise.all(ids.map(id => world.admin.remove('/api-sessions', id)))
  }

  it('because an administrator ended it is renewed by exactly one log-in, and everything gets done', async () => {
    // The creates of identities and configs are in flight together: all of them come back refused.
    let ended: Promise<void> | undefined
    proxy.on(
      'POST',
      's',
      async () => {
        ended ??= endSessions()
        await ended
        return 'pass'
      },
      100,
    )
    const { report } = await world.converge(topology(), { through: proxy })
    assert.deepEqual([...new Set(report.outcomes.map(({ result }) => result))], ['done'])
    assert.equal(logins(), 2)
    assertEmpty((await world.preview(topology())).plan)
  })

  it('is renewed by one log-in however many ask for it in one turn, and whoever comes late has that one too', async () => {
    const { url, username, password, ca } = { ...world.overlay, url: proxy.url, ca: proxy.ca }
    const http = createHttp({ url, ca, parallel: 4, timeoutMs: 10_000 })
    const kept: string[] = []
    const sessions = createSessions({
      url,
      http,
      login: { method: 'password', username, password: async () => password, totp: undefined },
      session: undefined,
      onSession: async ({ token }) => void kept.push(token),
      now: Date.now,
    })
    try {
      const first = await sessions.current()
      const renewed = await Promise.all([1, 2, 3].map(() => sessions.renew(first)))
      assert.equal(new Set(renewed.map(({ token }) => token)).size, 1)
      assert.deepEqual(await sessions.renew(first), renewed[0])
      assert.deepEqual([logins(), kept], [2, [first.token, renewed[0]?.token]])
    } finally {
      http.close()
    }
  })

  it('is renewed whatever was asked when the refusal came', async () => {
    await world.converge(topology())
    for (const [method, path] of [
      ['GET', '/services'],
      ['PATCH', ''],
      ['POST', '/service-policies'],
    ] as const) {
      const before = logins()
      await world.change('service', `${world.word}.svc`, { roleAttributes: ['by hand'] })
      const policy = await world.find('service-policy', `${world.word}.dial`)
      await world.admin.remove('/service-policies', String(policy?.id))
      proxy.on(method, path, async () => {
        await endSessions()
        return 'pass'
      })
      await world.converge(topology(), { through: proxy })
      assert.equal(logins() - before, 2, `${method} ${path}`)
      assertEmpty((await world.preview(topology())).plan)
    }
  })

  it('is renewed when it was stored by an earlier run and has ended since', async () => {
    const earlier = world.open()
    const session = await earlier.session()
    await earlier.endSession()
    const error = await failureOf(world.preview(topology(), { session }))
    assert.ok(error instanceof AuthError)
    assert.match(error.message, /not logged in, or the session has ended/)
    assert.match(error.hint ?? '', /zprom login https:\/\/localhost/)
  })

  it('and cannot be renewed ends the run: what is done stays done, and the next run completes it', async () => {
    const session = await world.open().session()
    proxy.on('POST', '/services', async () => {
      await endSessions()
      return 'pass'
    })
    const error = await failureOf(world.converge(topology(), { through: proxy, session }))
    const results = resultsOf(reportOf(error))
    assert.ok(error instanceof ApplyError)
    assert.match(error.hint ?? '', /log in with: zprom login/)
    assert.equal(results[`identity/${world.word}.id`], 'done')
    assert.equal(results[`service/${world.word}.svc`], 'failed')
    assert.equal(results[`service-policy/${world.word}.dial`], 'skipped')
    assert.equal(logins(), 0)
    await world.converge(topology())
    assertEmpty((await world.preview(topology())).plan)
  })
})
