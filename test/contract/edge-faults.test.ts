import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type EdgeConnection, EdgeError, type HostOptions, type Overlay } from '../../src/edge/index.js'
import { AuthError, ControllerError } from '../../src/errors.js'
import { openTunnel } from '../support/cli-tunnel.js'
import { addService, endSessions, grant, removeTerminators, revoke, setEnabled } from '../support/edge-services.js'
import { type EdgeWorld, echo, exchange, newEdgeWorld, readAll } from '../support/edge-world.js'
import { canStartOverlays, freshOverlay, type TestOverlay } from '../support/overlay.js'
import { requires } from '../support/requires.js'
import { assertClear, failsWithin, recovers } from '../support/stated.js'

// Two tries of five seconds, as the controller has them, and a little.
const dialMs = 15_000

describe('faults of the data plane', function () {
  this.timeout(120_000)
  let overlay: TestOverlay | undefined
  let world: EdgeWorld
  let dev: Overlay
  let workload: Overlay
  let service: string
  let count = 0
  before(async function () {
    requires(this, canStartOverlays(), 'it stops the controller, so it needs one of its own')
    overlay = await freshOverlay()
    world = await newEdgeWorld(overlay)
  })
  after(async () => {
    await world?.end()
    await overlay?.stop()
  })
  beforeEach(async () => {
    service = await addService(world, `s${++count}`, { encrypted: true })
    dev = await world.as(world.names.developer)
    workload = await world.as(world.names.reflect)
  })
  afterEach(async () => {
    await Promise.all([dev, workload].map(each => each.close()))
  })

  const states: string[] = []
  const hostEcho = (options: HostOptions = {}) => {
    states.length = 0
    return workload.host(service, { ...options, onState: state => void states.push(state) }, echo)
  }
  const works = async () => {
    try {
      return (await exchange(await dev.dial(service), Buffer.from('works'))).toString() === 'works'
    } catch (error) {
      assert.ok(error instanceof Error)
      assertClear(error)
      return false
    }
  }
  // Rejects with what ends it; listened to from the start, for it may end while something else is waited for.
  const endOf = (connection: EdgeConnection) => {
    const ended = once(connection.resume(), 'close')
    ended.catch(() => undefined)
    return ended
  }
  const faultOf = (error: Error) => (error instanceof EdgeError ? error.fault : error.constructor.name)

  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    it(`controller and router that end by ${signal} in mid-transfer end it with an error, and all goes on when they are back`, async () => {
      let lost = ''
      const onState = (state: string, detail: string) => {
        if (state === 'lost') lost ||= detail
      }
      let atHost: EdgeConnection | undefined
      const hosting = await workload.host(service, { onState }, connection => {
        atHost ??= connection
        connection.on('error', () => undefined)
        if (atHost === connection) pour(connection)
        else echo(connection)
      })
      const connection = await dev.dial(service)
      let received = 0
      connection.on('data', piece => {
        received += piece.length
      })
      await recovers('the transfer runs', 10_000, () => received > 1_000_000)
      const broken = endOf(connection)
      await overlay?.halt(signal)
      const error = await failsWithin(`a transfer ends by ${signal}`, 2000, broken)
      assert.equal(faultOf(error), 'unreachable')
      await recovers('the host knows', 2000, () => lost !== '' && atHost?.destroyed === true)
      await failsWithin('a dial with nobody there', 2000, dev.dial(service))
      await overlay?.start()
      await recovers('controller and router are back, the service too', 30_000, works)
      await hosting.close()
    })
  }

  it('a controller that cannot be reached leaves alone what is open and what is known, and is named for the rest', async () => {
    const hosting = await hostEcho()
    const tunnel = await openTunnel(world.overlay.url)
    const cut = await world.as(world.names.developer, { url: tunnel.url })
    const connection = await cut.dial(service)
    await tunnel.cut()
    assert.equal((await exchange(connection, Buffer.from('open'))).toString(), 'open')
    assert.equal((await exchange(await cut.dial(service), Buffer.from('known'))).toString(), 'known')
    const error = await failsWithin('a service that is not known yet', 2000, cut.dial('unknown.service'))
    assert.ok(error instanceof ControllerError)
    await cut.close()
    await hosting.close()
  })

  it('a session that an administrator ends costs the caller its connections, and the next dial makes a new one', async () => {
    const hosting = await hostEcho()
    const connection = await dev.dial(service)
    const broken = endOf(connection)
    await endSessions(world, world.names.developer)
    assert.equal(faultOf(await failsWithin('an open connection', 3000, broken)), 'unreachable')
    await recovers('the next dial', 3000, works)
    await hosting.close()
  })

  it('a session that an administrator ends makes a host offer its service anew', async () => {
    const hosting = await hostEcho()
    await endSessions(world, world.names.reflect)
    await recovers('the host knows', 3000, () => states.includes('lost'))
    await recovers('the service is offered again', 5000, works)
    assert.deepEqual(states, ['hosting', 'lost', 'hosting'])
    await hosting.close()
  })

  it('a right to dial that is taken away ends what is open and refuses what comes, until it is given back', async () => {
    const hosting = await hostEcho()
    const connection = await dev.dial(service)
    const broken = endOf(connection)
    await revoke(world, service, 'Dial')
    assert.equal(faultOf(await failsWithin('an open connection', 5000, broken)), 'session')
    assert.equal(faultOf(await failsWithin('a dial without the right', 3000, dev.dial(service))), 'denied')
    await grant(world, service, 'Dial')
    await recovers('a dial with the right again', 5000, works)
    await hosting.close()
  })

  it('a right to host that is taken away ends the offer, until it is given back', async () => {
    const hosting = await hostEcho()
    await revoke(world, service, 'Bind')
    await recovers('the host knows', 5000, () => states.includes('lost'))
    assert.equal(
      faultOf(await failsWithin('a dial of what nobody may host', dialMs, dev.dial(service))),
      'no-terminator',
    )
    await grant(world, service, 'Bind')
    await recovers('the service is offered again', 20_000, works)
    await hosting.close()
  })

  it('a service that was made anew under its name is found, though it was known before', async () => {
    const hosting = await hostEcho()
    assert.ok(await works())
    const there = await world.find('service', service)
    for (const type of ['Bind', 'Dial'] as const) await revoke(world, service, type)
    await world.admin.remove('/services', there?.id ?? '')
    await world.admin.create('/services', { name: service, encryptionRequired: false })
    for (const type of ['Bind', 'Dial'] as const) await grant(world, service, type)
    await recovers('the new service, which is not encrypted', 20_000, works)
    await hosting.close()
  })

  it('a terminator that is deleted behind its host is named as missing, and a new offer makes it good', async () => {
    const hosting = await hostEcho()
    await removeTerminators(world, service)
    assert.equal(faultOf(await failsWithin('a dial without a terminator', dialMs, dev.dial(service))), 'no-terminator')
    await hosting.close()
    const again = await hostEcho()
    await recovers('a new offer', 3000, works)
    await again.close()
  })

  it('a host that accepts and never answers leaves the caller its own time-out; one that does not decide is named', async () => {
    const hosting = await workload.host(service, {}, connection => void connection.on('error', () => undefined))
    const connection = await dev.dial(service)
    connection.write('anybody?')
    connection.setTimeout(300)
    await failsOnTimeout(connection)
    await hosting.close()
    const undecided = await workload.host(service, { accept: () => new Promise(() => undefined) }, echo)
    const error = await failsWithin('a host that does not decide', dialMs, dev.dial(service))
    assert.equal(faultOf(error), 'host')
    await failsWithin('and the same with less patience', 1500, dev.dial(service, { timeoutMs: 1000 }))
    await undecided.close()
  })

  it('an abort by either side ends the other, and data after the end of one direction still arrives', async () => {
    const taken: EdgeConnection[] = []
    const hosting = await workload.host(
      service,
      {},
      connection => void taken.push(connection.on('error', () => undefined)),
    )
    const one = await dev.dial(service)
    await recovers('the call arrives', 3000, () => taken.length === 1)
    one.destroy()
    taken[0]?.resume()
    await recovers('the host sees the caller abort', 3000, () => taken[0]?.destroyed === true)
    const two = await dev.dial(service)
    await recovers('the call arrives', 3000, () => taken.length === 2)
    taken[1]?.destroy()
    await recovers('the caller sees the host abort', 3000, () => two.resume().destroyed)
    const three = await dev.dial(service)
    await recovers('the call arrives', 3000, () => taken.length === 3)
    const host = taken[2]
    assert.ok(host !== undefined)
    host.end('first')
    let first = ''
    three.on('data', piece => {
      first += piece
    })
    await once(three, 'end')
    assert.equal(first, 'first')
    three.end('and last')
    assert.equal((await readAll(host)).toString(), 'and last')
    await hosting.close()
  })

  it('an identity that is disabled, then enabled, then deleted', async () => {
    const hosting = await hostEcho()
    assert.ok(await works())
    const there = await world.find('identity', world.names.developer)
    await setEnabled(world, world.names.developer, false)
    await recovers('it is refused', 3000, async () => !(await works()))
    assert.ok((await failsWithin('a dial by a disabled identity', 3000, dev.dial(service))) instanceof AuthError)
    await setEnabled(world, world.names.developer, true)
    await recovers('it is let in again', 5000, works)
    await world.admin.remove('/identities', there?.id ?? '')
    await recovers('it is refused', 3000, async () => !(await works()))
    assert.ok((await failsWithin('a dial by a deleted identity', 3000, dev.dial(service))) instanceof AuthError)
    await hosting.close()
  })
})

function pour(connection: EdgeConnection): void {
  const piece = Buffer.alloc(32 * 1024, 1)
  const more = () => {
    while (!connection.destroyed && connection.write(piece));
    if (!connection.destroyed) connection.once('drain', more)
  }
  more()
}

async function failsOnTimeout(connection: EdgeConnection): Promise<void> {
  await once(connection, 'timeout')
  connection.destroy()
}
