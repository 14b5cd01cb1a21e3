import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { type Controller, observe } from '../../src/controller/index.js'
import { kinds } from '../../src/kinds/index.js'
import { addressOf } from '../../src/model/entity.js'
import type { SpecInput } from '../../src/spec/schema.js'
import { type FaultProxy, startProxy } from '../support/proxy.js'
import { newWorld, type World } from '../support/world.js'
import { assertEmpty, until } from '../support/world-checks.js'

describe('the requests of a run', () => {
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

  // The 31 entities of the article, with names of their own.
  const article = (): SpecInput => ({
    clusters: [
      { name: `${world.word}A`, prometheus: 'tunneled' },
      { name: `${world.word}B`, prometheus: 'dark' },
    ],
    developers: [{ name: `dev.${world.word}` }],
  })

  for (const parallel of [1, 4, 8]) {
    it(`make the 31 entities and 4 enrolments of the article with at most 45 and 2 each, on ${parallel} connection(s)`, async () => {
      const { plan, report } = await world.converge(article(), { through: proxy, parallel })
      assert.equal(plan.steps.length, 31)
      assert.equal(plan.enrollments.filter(({ action }) => action === 'enroll').length, 4)
      assert.ok(report.requests <= 45 + 2 * 4, `${report.requests} requests`)
      // Enrolments go to the issuer itself; everything else came through here, and was counted right.
      assert.ok(proxy.seen.length <= 45, `${proxy.seen.length} requests at the controller`)
      assert.ok(report.requests - proxy.seen.length <= 2 * 4)
      // It is taken for the issuer, too, as it is where no proxy stands before it: two looks, each over a connection of its own.
      const looks = proxy.count('GET', 'cacerts')
      assert.equal(looks, 2)
      assert.ok(proxy.connections() <= parallel + looks, `${proxy.connections()} connections`)
      // One for all connections of the run: the others resume its session.
      assert.equal(proxy.handshakes(), 1 + looks)
      assert.equal(proxy.count('POST', '/authenticate'), 1)
    })
  }

  it('are at most eight, log-in included, when nothing changed; none of them writes', async () => {
    await world.converge(article())
    const { plan, report } = await world.converge(article(), { through: proxy })
    assertEmpty(plan)
    assert.equal(report.unchanged, 31)
    assert.equal(report.requests, proxy.seen.length)
    assert.ok(report.requests <= 8, `${report.requests} requests`)
    const others = proxy.seen.filter(({ method, path }) => method !== 'GET' && !path.endsWith('/authenticate'))
    assert.deepEqual(others, [])
  })

  it('may be answered in any order: whichever list is the last, what is read is the same, and so is what differs', async () => {
    await world.converge(article())
    const { entities } = await world.observe()
    const names = (role: string) => role.startsWith('@')
    const changed = [...entities.values()].find(
      one => one.name.includes(world.word) && one.kind === 'service-policy' && one.fields.identityRoles.some(names),
    )
    assert.ok(changed, 'no policy names an identity')
    await world.change('service-policy', changed.name, { semantic: 'AllOf' })
    const drifted = await world.observe()
    const paths = ['/config-types', ...kinds.map(({ path }) => path)]
    for (const last of paths) {
      const lastOfAll = () => {
        const answered = new Set<string>()
        for (const path of paths) {
          proxy.on('GET', path, {
            instead: async (response, real) => {
              const { incoming, bytes } = await real()
              if (path === last) await until('the others are answered', () => answered.size === paths.length - 1)
              response.writeHead(incoming.statusCode ?? 500, incoming.headers)
              response.end(bytes, () => answered.add(path))
            },
          })
        }
      }
      lastOfAll()
      const found = await observe(world.open({ through: proxy }))
      assert.deepEqual(found.entities, drifted.entities, last)
      assert.deepEqual(found.enrollments, drifted.enrollments, last)
      lastOfAll()
      const { plan } = await world.preview(article(), { through: proxy })
      assert.deepEqual(
        plan.steps.map(({ change }) => change.address),
        [addressOf(changed)],
        last,
      )
      assert.equal(plan.unchanged.length, 30, last)
    }
  })

  it('may be answered packed, as lists from other machines are asked for', async () => {
    await world.converge(article())
    proxy.on('GET', '/services', {
      instead: async (response, real) => {
        const { incoming, bytes } = await real()
        const { 'content-length': _, ...headers } = incoming.headers
        response.writeHead(200, { ...headers, 'content-encoding': 'gzip' }).end(gzipSync(bytes))
      },
    })
    assertEmpty((await world.preview(article(), { through: proxy })).plan)
    proxy.on('GET', '/services', {
      instead: response => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end('{}')
      },
    })
    // Not what it says it is: once more.
    assertEmpty((await world.preview(article(), { through: proxy })).plan)
    assert.equal(proxy.count('GET', '/services'), 3)
  })

  it('are one more for a plan with something to do than for an unchanged run: the edge routers, for the forecast', async () => {
    const { requests } = await world.preview(article())
    assert.ok(requests <= 8 + 1, `${requests} requests`)
  })

  it('are two per change for entities changed by hand, one of them to read it back, and one to forecast who gains and loses access', async () => {
    await world.converge(article())
    await world.change('identity', `dev.${world.word}`, { roleAttributes: ['by hand'] })
    await world.change('service', `${world.word}A.reflect.svc`, { roleAttributes: [] })
    const { report } = await world.converge(article())
    assert.equal(report.outcomes.length, 2)
    // From 2.x on, who writes asks who else is in the cluster.
    const more = world.overlay.line === '2.x' ? 1 : 0
    assert.ok(report.requests <= 8 + 1 + 2 * 2 + more, `${report.requests} requests`)
  })

  describe('after a pause', () => {
    const useAll = (controller: Controller) => Promise.all(Array.from({ length: 8 }, () => controller.list('/configs')))

    it('find no connection that the controller is about to close: ours go after four seconds, before its five', async () => {
      await useAll(world.open({ through: proxy }))
      const since = performance.now()
      assert.equal(proxy.open(), 8)
      await until('all connections are closed', () => proxy.open() === 0)
      assert.ok(performance.now() - since < 4_800)
    })

    it('of more than five seconds are answered at the first attempt', async () => {
      const controller = world.open()
      await useAll(controller)
      // From 2.x on it would be asked for with the next request.
      await controller.learnNodes()
      const before = controller.requests()
      const since = performance.now()
      await until('the pool was idle', () => performance.now() - since > 5_200)
      await useAll(controller)
      // A request that failed would have been made again, and counted.
      assert.equal(controller.requests() - before, 8)
    })
  })
})
