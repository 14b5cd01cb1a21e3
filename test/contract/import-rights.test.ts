import assert from 'node:assert/strict'
import { importSpec } from '../../src/flows/import.js'
import type { Event } from '../../src/report/events.js'
import { type FaultProxy, startProxy } from '../support/proxy.js'
import { newWorld, type World } from '../support/world.js'
import { failureOf } from '../support/world-checks.js'
import { depsOf } from '../support/world-run.js'

describe('an import by a login that may not list edge routers', () => {
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
  const run = (said: Event[]) => {
    const options = { through: proxy, listener: (event: Event) => said.push(event) }
    const deps = depsOf(world.overlay, world.open(options), options)
    return importSpec(`stack: ${world.word}\n`, 'zprom.yaml', deps)
  }

  it('goes on without them, as a plan does, and says what comes of that', async () => {
    await world.converge({ clusters: [{ name: world.word, prometheus: 'dark' }] })
    proxy.on('GET', '/edge-routers', { status: 401 }, 9)
    const said: Event[] = []
    const { clusters, notUnderstood } = await run(said)
    assert.ok(clusters.some(({ name }) => name === world.word))
    const router = notUnderstood.find(({ what }) => what.startsWith('identity/') && /router/.test(what))
    assert.ok(router !== undefined, JSON.stringify(notUnderstood))
    const warnings = said.flatMap(event => (event.type === 'warning' ? [event.text] : []))
    assert.equal(warnings.length, 1)
    assert.match(warnings[0] ?? '', /identities of edge routers .*: this login may not GET .*\/edge-routers/)
  })

  it('still fails where the entities themselves may not be listed', async () => {
    proxy.on('GET', '/services', { status: 401 }, 9)
    assert.match((await failureOf(run([]))).message, /this login may not GET .*\/services/)
  })
})
