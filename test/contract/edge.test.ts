import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createServer, request } from 'node:http'
import { createOverlayAgent, EdgeError } from '../../src/edge/index.js'
import { type EdgeWorld, echo, exchange, newEdgeWorld } from '../support/edge-world.js'
import { failureOf, until } from '../support/world-checks.js'

describe('the data plane', function () {
  this.timeout(60_000)
  let world: EdgeWorld
  before(async () => {
    world = await newEdgeWorld()
  })
  after(() => world.end())
  const faultOf = async (run: Promise<unknown>) => {
    const error = await failureOf(run)
    assert.ok(error instanceof EdgeError, error.stack)
    return error.fault
  }

  it('carries a stream to a host and back, encrypted, whatever its length', async () => {
    const { echo: service, reflect, developer } = world.names
    const hosting = await (await world.as(reflect)).host(service, {}, echo)
    const dev = await world.as(developer)
    for (const length of [0, 1, 15, 16, 17, 32 * 1024, 32 * 1024 + 1, 500_000]) {
      const bytes = randomBytes(length)
      assert.ok((await exchange(await dev.dial(service), bytes)).equals(bytes), `${length} bytes`)
    }
    await hosting.close()
    // The controller hears of it a moment later; a call in between finds a terminator and no host behind it.
    await until('nothing hosts it', async () => (await faultOf(dev.dial(service))) === 'no-terminator')
  })

  it('reaches the terminator of an identity, and only when it is asked for by name', async () => {
    const { scrape, reflect, developer } = world.names
    const hosting = await (await world.as(reflect)).host(scrape, { identity: reflect }, echo)
    const dev = await world.as(developer)
    const bytes = Buffer.from('by name')
    assert.deepEqual(await exchange(await dev.dial(scrape, { identity: reflect }), bytes), bytes)
    assert.equal(await faultOf(dev.dial(scrape)), 'no-terminator')
    assert.equal(await faultOf(dev.dial(scrape, { identity: 'somebody.else' })), 'no-terminator')
    await hosting.close()
  })

  it('tells two terminators of one service apart, each with a session of its own', async () => {
    const { scrape, reflect, developer } = world.names
    const host = await world.as(reflect)
    const say = (word: string) => (connection: NodeJS.WritableStream) => void connection.end(word)
    const one = await host.host(scrape, { identity: 'one' }, say('one'))
    const two = await host.host(scrape, { identity: 'two' }, say('two'))
    const dev = await world.as(developer)
    for (const identity of ['one', 'two', 'one', 'two']) {
      const said = await exchange(await dev.dial(scrape, { identity }), Buffer.alloc(0))
      assert.equal(said.toString(), identity)
    }
    await Promise.all([one.close(), two.close()])
  })

  it('is offered by several at once: the required one takes the calls, and when it goes the others do', async () => {
    const { echo: service, reflect, developer } = world.names
    const host = await world.as(reflect)
    const say = (word: string) => (connection: NodeJS.WritableStream) => void connection.end(word)
    const first = await host.host(service, { precedence: 'required', cost: 100 }, say('required'))
    const second = await host.host(service, { precedence: 'default', cost: 1 }, say('default'))
    const dev = await world.as(developer)
    const ask = async () => (await exchange(await dev.dial(service), Buffer.alloc(0))).toString()
    for (let round = 0; round < 5; round++) assert.equal(await ask(), 'required')
    await first.close()
    // Until the controller has heard of it, calls still go to the one that left, and fail.
    await until('the other one takes the calls', () =>
      ask().then(
        word => word === 'default',
        () => false,
      ),
    )
    await second.close()
  })

  it('keeps many connections on one channel apart', async () => {
    const { echo: service, reflect, developer } = world.names
    const hosting = await (await world.as(reflect)).host(service, {}, echo)
    const dev = await world.as(developer)
    const runs = Array.from({ length: 100 }, async (_, index) => {
      const bytes = Buffer.from(`${index}`.repeat(index + 1))
      assert.deepEqual(await exchange(await dev.dial(service), bytes), bytes)
    })
    await Promise.all(runs)
    await hosting.close()
  })

  it('refuses what the identity may not do, before any router is asked', async () => {
    const { echo: service, developer } = world.names
    const dev = await world.as(developer)
    assert.equal(await faultOf(dev.dial('no.such.service')), 'denied')
    assert.equal(await faultOf(dev.host(service, {}, echo)), 'denied')
  })

  it('gives the caller the reason when the host does not take the call', async () => {
    const { echo: service, reflect, developer } = world.names
    const accept = async () => {
      throw new Error('backend is down')
    }
    const hosting = await (await world.as(reflect)).host(service, { accept }, echo)
    const error = await failureOf((await world.as(developer)).dial(service))
    assert.ok(error instanceof EdgeError && error.fault === 'host', error.stack)
    assert.match(error.message, /backend is down/)
    await hosting.close()
  })

  it('ends everything when it is closed, and refuses what is asked of it after that', async () => {
    const { echo: service, reflect, developer } = world.names
    const [host, dev] = [await world.as(reflect), await world.as(developer)]
    const hosting = await host.host(service, {}, echo)
    const connection = await dev.dial(service)
    await Promise.all([dev.close(), host.close()])
    await hosting.closed
    assert.ok(connection.destroyed)
    for (const run of [dev.dial(service), dev.services(), host.host(service, {}, echo)])
      assert.equal(await faultOf(run), 'closed')
  })

  it('serves HTTP to an agent that anything can use', async () => {
    const { echo: service, reflect, developer } = world.names
    const server = createServer((_, response) => response.end('hello over the overlay'))
    const hosting = await (await world.as(reflect)).host(service, {}, stream => server.emit('connection', stream))
    const agent = createOverlayAgent(await world.as(developer), host => (host === 'echo' ? { service } : undefined))
    const get = (host: string) =>
      new Promise<string>((resolve, reject) => {
        request({ agent, host, path: '/' }, response => {
          let text = ''
          response.setEncoding('utf8').on('data', piece => {
            text += piece
          })
          response.on('end', () => resolve(text))
        })
          .on('error', reject)
          .end()
      })
    assert.equal(await get('echo'), 'hello over the overlay')
    assert.match((await failureOf(get('elsewhere.example'))).message, /no service of the overlay/)
    agent.destroy()
    server.close()
    await hosting.close()
  })

  it('prints neither keys nor tokens when a connection or an overlay is printed', async () => {
    const { inspect } = await import('node:util')
    const { echo: service, reflect, developer } = world.names
    const hosting = await (await world.as(reflect)).host(service, {}, echo)
    const dev = await world.as(developer)
    const connection = await dev.dial(service)
    const printed = inspect({ connection, dev, hosting }, { depth: 8, showHidden: true })
    assert.doesNotMatch(printed, /PRIVATE KEY|BEGIN/)
    connection.destroy()
    await hosting.close()
  })
})
