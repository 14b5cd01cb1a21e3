import assert from 'node:assert/strict'
import { createServer, type Server, type Socket } from 'node:net'
import { createHttp, type Http } from '../../src/controller/http.js'
import { ControllerError } from '../../src/errors.js'
import { type FaultProxy, startProxy } from '../support/proxy.js'
import { newWorld, type World } from '../support/world.js'
import { until } from '../support/world-checks.js'
import { listen } from './enroll-wire-world.js'

// Those after the first wait until it has a session that they can resume. Whatever becomes of it, they do not wait for ever.
describe('the connections to a controller', () => {
  let world: World
  let proxy: FaultProxy
  let http: Http | undefined
  let server: Server | undefined
  const sockets = new Set<Socket>()
  before(async () => {
    world = await newWorld()
    proxy = await startProxy(world.overlay)
  })
  afterEach(() => {
    http?.close()
    server?.close()
    for (const socket of sockets) socket.destroy()
    sockets.clear()
  })
  after(async () => {
    await proxy?.close()
    await world?.end()
  })

  const to = (url: string, change: Partial<Parameters<typeof createHttp>[0]> = {}): Http => {
    http = createHttp({ url, ca: proxy.ca, parallel: 8, timeoutMs: 5_000, ...change })
    return http
  }
  const ask = (pool: Http) => pool.send({ method: 'GET', path: '/edge/management/v1/version' })
  const askAll = (pool: Http) => Promise.allSettled(Array.from({ length: 6 }, () => ask(pool)))
  const codesOf = (results: readonly PromiseSettledResult<unknown>[]) =>
    results.map(one => {
      assert.ok(one.status === 'rejected' && one.reason instanceof ControllerError)
      return one.reason.detail.networkCode
    })
  const serve = async (onSocket: (socket: Socket) => void): Promise<string> => {
    server = createServer(socket => {
      sockets.add(socket.on('error', () => undefined))
      onSocket(socket)
    })
    return `https://localhost:${await listen(server)}`
  }

  it('shake hands once: those after the first resume its session', async () => {
    const results = await askAll(to(proxy.url))
    assert.deepEqual(
      results.map(one => one.status === 'fulfilled' && one.value.status),
      [200, 200, 200, 200, 200, 200],
    )
    assert.equal(proxy.handshakes(), 1)
  })

  it('are no more than were asked for, however many requests come before the first has shaken hands', async () => {
    const before = proxy.connections()
    const pool = to(proxy.url, { parallel: 3 })
    const results = await Promise.allSettled(Array.from({ length: 30 }, () => ask(pool)))
    assert.ok(results.every(one => one.status === 'fulfilled'))
    assert.equal(pool.count(), 30)
    assert.equal(proxy.connections() - before, 3)
  })

  it('are of use to the others when the first request is reset', async () => {
    proxy.on('GET', '/version', 'reset')
    const pool = to(proxy.url)
    const results = await askAll(pool)
    // The connection stood, so the others did not depend on what became of the request.
    assert.equal(results.filter(one => one.status === 'fulfilled').length, 5)
    assert.equal((await ask(pool)).status, 200)
  })

  it('of which none is trusted fail all, and each for that', async () => {
    const before = proxy.connections()
    const results = await askAll(to(proxy.url, { ca: world.overlay.ca }))
    assert.deepEqual([...new Set(codesOf(results))], ['UNABLE_TO_VERIFY_LEAF_SIGNATURE'])
    assert.equal(proxy.connections() - before, 1)
  })

  it('end at once when the pool is closed while the first shakes hands, and no other is opened', async () => {
    const url = await serve(() => undefined)
    const pool = to(url)
    const asked = askAll(pool)
    await until('the first is there', () => sockets.size > 0)
    const started = performance.now()
    pool.close()
    const codes = codesOf(await asked)
    assert.equal(codes.filter(code => code === 'ECANCELED').length, 5)
    assert.ok(performance.now() - started < 1_000)
    assert.equal(sockets.size, 1)
  })

  it('that are closed before they speak TLS are told of, all of them', async () => {
    const url = await serve(socket => socket.destroy())
    const codes = codesOf(await askAll(to(url)))
    assert.deepEqual([...new Set(codes)], ['ECONNRESET'])
  })

  it('that never shake hands end in a time-out, all of them', async () => {
    const url = await serve(() => undefined)
    const codes = codesOf(await askAll(to(url, { timeoutMs: 300 })))
    assert.deepEqual([...new Set(codes)], ['ETIMEDOUT'])
  })
})
