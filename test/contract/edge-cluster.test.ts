import assert from 'node:assert/strict'
import type { Hosting, Overlay } from '../../src/edge/index.js'
import { type ControllerCluster, requiresCluster, startControllerCluster } from '../support/controller-cluster.js'
import { type EdgeWorld, echo, exchange, newEdgeWorld } from '../support/edge-world.js'
import { addRouter, type TestRouter } from '../support/router.js'
import { recovers } from '../support/stated.js'

describe('the data plane on a real cluster of three controllers', function () {
  this.timeout(240_000)
  let cluster: ControllerCluster | undefined
  let router: TestRouter | undefined
  let world: EdgeWorld | undefined

  before(async function () {
    await requiresCluster(this)
    cluster = await startControllerCluster()
    router = await addRouter(cluster.overlay, 'one')
    world = await newEdgeWorld(cluster.overlay)
  })
  after(async () => {
    await cluster?.revive()
    await world?.end()
    await router?.stop()
    await cluster?.stop()
  })
  afterEach(() => cluster?.revive())

  for (const wanted of [undefined, 'bearer'] as const) {
    it(`outlives the controller that its identities name, ${wanted ?? 'zt-session'} by ${wanted ?? 'zt-session'}`, async () => {
      assert.ok(cluster !== undefined && world !== undefined)
      const { echo: service, reflect, developer } = world.names
      const host = await world.as(reflect, { wanted })
      const dev = await world.as(developer, { wanted })
      let hosting: Hosting | undefined
      // One that was killed in the case before names no router until the router has come back to it.
      await recovers('it is hosted', 60_000, async () => {
        hosting = await host.host(service, { identity: reflect }, echo).catch(() => undefined)
        return hosting !== undefined
      })
      const dial = (overlay: Overlay) => overlay.dial(service, { identity: reflect, timeoutMs: 8000 })
      const works = async () => (await exchange(await dial(dev), Buffer.from('works'))).toString() === 'works'
      await recovers('it works', 20_000, () => works().catch(() => false))
      const open = await dial(dev)
      await cluster.kill(cluster.overlay.url)
      await recovers('the services are told by another controller', 30_000, () =>
        dev.services().then(
          services => services.some(({ name }) => name === service),
          () => false,
        ),
      )
      await recovers('another dial works', 60_000, () => works().catch(() => false))
      assert.equal((await exchange(open, Buffer.from('still'))).toString(), 'still')
      await hosting?.close()
      await Promise.all([host.close(), dev.close()])
    })
  }
})
