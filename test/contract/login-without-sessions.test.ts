import assert from 'node:assert/strict'
import { AuthError, ControllerError } from '../../src/errors.js'
import { type FaultProxy, startProxy } from '../support/proxy.js'
import { requires } from '../support/requires.js'
import { newWorld, type World } from '../support/world.js'
import { failureOf } from '../support/world-checks.js'

// What a controller says to a log-in for a zt-session that it does not have, or not any more.
const withoutSessions = [404, 405, 410, 501]

describe('a controller that makes no zt-sessions', () => {
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
  const refuse = (status: number) =>
    proxy.on('POST', '/authenticate', { instead: response => void response.writeHead(status).end() }, 9)
  const offersOidc = () => world.overlay.line !== '0.28'

  for (const status of withoutSessions) {
    it(`and says ${status} to a log-in is logged in to by OIDC`, async function () {
      requires(this, offersOidc(), 'needs OpenZiti 1.6 or later (ZPROM_ZITI)')
      refuse(status)
      const controller = world.open({ through: proxy })
      const { kind } = await controller.session()
      assert.equal(kind, 'bearer')
      assert.ok((await controller.list('/identities')).length > 0)
      assert.deepEqual([proxy.count('POST', '/authenticate'), proxy.count('POST', '/oidc/oauth/token')], [1, 1])
      await controller.endSession()
    })

    it(`and says ${status} to a log-in, and offers no OIDC either, is told apart from one that refuses`, async function () {
      requires(this, !offersOidc(), 'this controller offers OIDC')
      refuse(status)
      const error = await failureOf(world.open({ through: proxy }).session())
      assert.ok(error instanceof ControllerError)
      assert.match(error.message, new RegExp(`authenticate was answered ${status}.*; nor does it offer OIDC`))
      assert.equal(proxy.count('GET', '/oidc/authorize'), 1)
    })
  }

  for (const [status, Kind] of [
    [400, AuthError],
    [401, AuthError],
    [403, ControllerError],
    [503, ControllerError],
  ] as const) {
    it(`is not one that says ${status} to a log-in: it is asked for no OIDC`, async () => {
      refuse(status)
      const error = await failureOf(world.open({ through: proxy }).session())
      assert.ok(error instanceof Kind, error.message)
      assert.equal(proxy.count('*', '/oidc/authorize'), 0)
    })
  }
})
