import assert from 'node:assert/strict'
import { once } from 'node:events'
import { EdgeError, type Hosting } from '../../src/edge/index.js'
import { type EdgeWorld, echo, exchange, newEdgeWorld } from '../support/edge-world.js'
import { canStartOverlays, freshOverlay, type TestOverlay } from '../support/overlay.js'
import { requires } from '../support/requires.js'
import { addRouter, type TestRouter } from '../support/router.js'
import { assertClear, failsWithin, recovers } from '../support/stated.js'

describe('the data plane over several real routers', function () {
  this.timeout(180_000)
  let overlay: TestOverlay | undefined
  let world: EdgeWorld
  const routers: TestRouter[] = []
  const hostings: Hosting[] = []

  before(async function () {
    requires(this, canStartOverlays(), 'it adds routers and ends them, so it needs its own overlay')
    overlay = await freshOverlay({ noRouter: true })
    for (const name of ['one', 'two']) routers.push(await addRouter(overlay, name))
    world = await newEdgeWorld(overlay)
  })
  after(async () => {
    await world?.end()
    for (const router of routers) await router.stop()
    await overlay?.stop()
  })
  afterEach(async () => {
    for (const hosting of hostings.splice(0)) await hosting.close()
    for (const router of routers) router.thaw()
  })

  // Which router a channel went to is not told to anybody; a host says it in `hosting`.
  const hostEcho = async () => {
    const { echo: service, reflect } = world.names
    const states: string[] = []
    const onState = (state: string, detail: string) => void states.push(`${state} ${detail}`)
    const hosting = await (await world.as(reflect)).host(service, { identity: reflect, onState }, echo)
    hostings.push(hosting)
    return { states, router: () => routers.find(({ url }) => states.at(-1) === `hosting ${url.replace('tls://', '')}`) }
  }
  const dialler = async () => {
    const overlayOfDev = await world.as(world.names.developer)
    const dial = () => overlayOfDev.dial(world.names.echo, { identity: world.names.reflect, timeoutMs: 8000 })
    const works = async () => {
      try {
        return (await exchange(await dial(), Buffer.from('works'))).toString() === 'works'
      } catch (error) {
        assert.ok(error instanceof Error)
        assertClear(error)
        return false
      }
    }
    return { dial, works }
  }
  const other = (router: TestRouter) => routers.find(one => one !== router) ?? assert.fail()

  it('leaves the router that is killed and goes on over the other, as host and as caller', async () => {
    const host = await hostEcho()
    const { dial, works } = await dialler()
    await recovers('it works over one of them', 10_000, works)
    const used = host.router() ?? assert.fail(host.states.join())
    const connection = await dial()
    const broken = once(connection.resume(), 'close')
    broken.catch(() => undefined)
    await used.kill()
    const end = await Promise.race([
      broken.then(
        () => undefined,
        error => error,
      ),
      connection.closed,
    ])
    if (end instanceof Error) assertClear(end)
    await recovers('the service is offered over the other one, and found there', 20_000, works)
    assert.equal(host.router(), other(used))
    await used.start()
    await other(used).kill()
    await recovers('and over the first again, when that is the one that is left', 20_000, works)
    assert.equal(host.router(), used)
    await other(used).start()
    await recovers('and all is well with both', 20_000, works)
  })

  it('goes from a caller at one router to a host at another', async () => {
    const [one, two] = routers
    assert.ok(one !== undefined && two !== undefined)
    one.freeze()
    const host = await hostEcho()
    assert.equal(host.router(), two)
    one.thaw()
    const { works } = await dialler()
    await one.untilOnline()
    await recovers('a caller is served', 20_000, works)
    two.freeze()
    const late = await dialler()
    await failsWithin('a router that hangs between the two', 20_000, late.dial())
    two.thaw()
    await recovers('and served again when it goes on', 30_000, late.works)
  })

  it('takes the router that answers first: one that hangs costs a moment, not a time-out', async () => {
    const host = await hostEcho()
    const used = host.router() ?? assert.fail()
    other(used).freeze()
    const { works } = await dialler()
    await recovers('a dial past a router that hangs', 5000, works)
    other(used).thaw()
  })

  it('names what is wrong when there is no router left, and goes on when one is back', async () => {
    await hostEcho()
    const { dial, works } = await dialler()
    await recovers('it works', 10_000, works)
    for (const router of routers) await router.kill()
    const error = await failsWithin('a dial with no router', 20_000, dial())
    assert.ok(error instanceof EdgeError && error.fault === 'unreachable', error.message)
    await routers[0]?.start()
    await recovers('one is back', 30_000, works)
    await routers[1]?.start()
  })
})
