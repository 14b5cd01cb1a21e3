import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Context } from 'mocha'
import { findFreePorts } from '../../src/cli/sandbox/ports.js'
import { type Counterpart, dialBySdk, identityFileOf, startCounterpart, startSdk } from '../support/counterpart.js'
import { addService } from '../support/edge-services.js'
import { type EdgeWorld, echo, exchange, newEdgeWorld } from '../support/edge-world.js'
import { requires } from '../support/requires.js'
import { until } from '../support/world-checks.js'

const lengths = [0, 1, 17, 32 * 1024, 300_001]

describe("the data plane with OpenZiti's own programs", function () {
  this.timeout(120_000)
  let world: EdgeWorld
  let running: Counterpart[] = []
  before(async () => {
    world = await newEdgeWorld()
  })
  after(() => world.end())
  afterEach(async () => {
    await Promise.all(running.map(program => program.stop()))
    running = []
  })
  // Its SDK is of the same generation as overlay/: it falls over the sessions of a 2.x controller (`ziti tunnel` is newer).
  const needsSdk = (context: Context) =>
    requires(context, world.overlay.line === '0.28', 'the Go SDK beside overlay/ understands controllers of 0.28 only')
  const needsZiti = (context: Context) => {
    const { ZPROM_ZITI: ziti = '' } = process.env
    requires(context, ziti !== '', 'needs a ziti program (ZPROM_ZITI)')
    return ziti
  }
  const keep = (program: Counterpart) => {
    running.push(program)
    return program
  }
  const hostBySdk = async (service: string, ...more: string[]) => {
    const host = keep(
      await startSdk(['host', '--identity', identityFileOf(world, world.names.reflect), ...more, service]),
    )
    await until(`the SDK hosts ${service}: ${host.said()}`, () => host.said().includes(`hosting ${service}`))
    return host
  }
  // The SDK says that it hosts before the controller knows; whoever dials in between is told that nobody does.
  const dialWhenHosted = async (service: string, identity?: string) => {
    const dev = await world.as(world.names.developer)
    const options = identity === undefined ? {} : { identity }
    await until(`${service} is hosted`, () =>
      dev.dial(service, options).then(
        connection => {
          connection.destroy()
          return true
        },
        () => false,
      ),
    )
    return () => dev.dial(service, options)
  }

  for (const encrypted of [true, false]) {
    const how = encrypted ? 'encrypted' : 'plain'

    it(`dials a host of the Go SDK, ${how}, and half-closes both ways`, async function () {
      needsSdk(this)
      const service = await addService(world, `js-to-go-${how}`, { encrypted })
      await hostBySdk(service)
      const dial = await dialWhenHosted(service)
      for (const length of lengths) {
        const bytes = randomBytes(length)
        assert.ok((await exchange(await dial(), bytes)).equals(bytes), `${length} bytes`)
      }
    })

    it(`hosts for a client of the Go SDK, ${how}, and half-closes both ways`, async function () {
      needsSdk(this)
      const service = await addService(world, `go-to-js-${how}`, { encrypted })
      const hosting = await (await world.as(world.names.reflect)).host(service, {}, echo)
      for (const length of lengths) {
        const bytes = randomBytes(length)
        const back = await dialBySdk(['--identity', identityFileOf(world, world.names.developer), service], bytes)
        assert.ok(back.equals(bytes), `${back.length} of ${length} bytes`)
      }
      await hosting.close()
    })
  }

  it('finds the terminator of an identity that the Go SDK hosts, and the other way round', async function () {
    needsSdk(this)
    const service = await addService(world, 'by-name', { encrypted: true })
    await hostBySdk(service, '--terminator', 'go.id')
    const dial = await dialWhenHosted(service, 'go.id')
    assert.equal((await exchange(await dial(), Buffer.from('to go'))).toString(), 'to go')
    const hosting = await (await world.as(world.names.reflect)).host(service, { identity: 'js.id' }, connection =>
      connection.end('from js'),
    )
    const args = ['--identity', identityFileOf(world, world.names.developer), '--terminator', 'js.id', service]
    assert.equal((await dialBySdk(args, Buffer.alloc(0))).toString(), 'from js')
    await hosting.close()
  })

  it('carries twenty connections at once to a host of the Go SDK', async function () {
    needsSdk(this)
    const service = await addService(world, 'many', { encrypted: true })
    await hostBySdk(service)
    const dial = await dialWhenHosted(service)
    const runs = Array.from({ length: 20 }, async () => {
      const bytes = randomBytes(50_000)
      assert.ok((await exchange(await dial(), bytes)).equals(bytes))
    })
    await Promise.all(runs)
  })

  for (const encrypted of [true, false]) {
    const how = encrypted ? 'encrypted' : 'plain'

    it(`dials what "ziti tunnel host" offers, ${how}`, async function () {
      const ziti = needsZiti(this)
      const backend = await startEchoServer()
      const { port } = backend.address() as AddressInfo
      const service = await addService(world, `tunnel-host-${how}`, { encrypted, port })
      keep(
        startCounterpart(ziti, [
          'tunnel',
          'host',
          '--cli-agent=false',
          '-i',
          identityFileOf(world, world.names.reflect),
        ]),
      )
      const dial = await dialWhenHosted(service)
      // Its own half-close gets lost on the way, so the length says when it is whole.
      for (const length of [1, 17, 32 * 1024, 1_000_001]) await bounce(await dial(), length)
      backend.close()
    })

    it(`hosts for "ziti tunnel proxy", ${how}`, async function () {
      const ziti = needsZiti(this)
      const service = await addService(world, `tunnel-proxy-${how}`, { encrypted })
      const hosting = await (await world.as(world.names.reflect)).host(service, {}, echo)
      const [port = 0] = await findFreePorts(1)
      const file = identityFileOf(world, world.names.developer)
      keep(startCounterpart(ziti, ['tunnel', 'proxy', '--cli-agent=false', '-i', file, `${service}:${port}`]))
      await until('the proxy listens', () => canConnect(port))
      for (const length of [1, 17, 32 * 1024, 1_000_001]) await bounce(connect(port, '127.0.0.1'), length)
      await hosting.close()
    })
  }
})

// Sends, reads as much, compares, and closes.
async function bounce(stream: Duplex, length: number): Promise<void> {
  const bytes = randomBytes(length)
  stream.write(bytes)
  const back = createHash('sha256')
  let left = length
  for await (const piece of stream) {
    back.update(piece)
    left -= piece.length
    if (left <= 0) break
  }
  assert.equal(left, 0)
  assert.equal(back.digest('hex'), createHash('sha256').update(bytes).digest('hex'))
  stream.destroy()
}

async function startEchoServer(): Promise<Server> {
  const server = createServer((socket: Socket) => void socket.on('error', () => undefined).pipe(socket))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return server
}

function canConnect(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}
