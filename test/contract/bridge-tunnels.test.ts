import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import type { EdgeConnection } from '../../src/edge/index.js'
import { type BridgeWorld, newBridgeWorld } from '../support/bridge-world.js'
import { until } from '../support/world-checks.js'

describe('the tunnels of a bridge', function () {
  this.timeout(60_000)
  let world: BridgeWorld
  /** Streams to the target that speaks TLS, or would; the cases speak for it. */
  const held: EdgeConnection[] = []
  let arrived = ''
  const clients: Socket[] = []
  let target: string

  before(async () => {
    world = await newBridgeWorld()
    const { word } = world
    const name = `${word}tls`
    await world.provide({
      clusters: [{ name: word, prometheus: 'dark', workloads: ['reflect'], scrape: [name] }],
      targets: [{ name, address: '127.0.0.1:9', hostedBy: `${word}.reflect.id`, scheme: 'https' }],
    })
    target = `${name}.svc-:443`
    await (await world.as(`${word}.reflect.id`)).host(`${name}.svc`, {}, stream => {
      stream
        .on('error', () => undefined)
        .on('data', piece => {
          arrived += piece
        })
      held.push(stream)
    })
  })
  afterEach(() => {
    arrived = ''
    for (const client of clients.splice(0)) client.destroy()
  })
  after(() => world?.end())

  const endsWithin = async (work: Promise<unknown>, ms: number) => {
    const began = performance.now()
    await work
    const tookMs = performance.now() - began
    assert.ok(tookMs < ms, `it took ${Math.round(tookMs)} ms`)
  }

  // A client that never ends its side by itself, and what it heard.
  const ask = async (port: number, host: string) => {
    const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => undefined)
    clients.push(client)
    const heard = { text: '', ended: false }
    client.setEncoding('utf8').on('data', piece => {
      heard.text += piece
    })
    client.on('end', () => {
      heard.ended = true
    })
    client.write(`CONNECT ${host} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
    await until('it is answered', () => heard.text.includes('\r\n\r\n'))
    return { client, heard, status: heard.text.split(' ')[1] }
  }
  const open = async (port: number) => {
    const before = held.length
    const { client, heard, status } = await ask(port, target)
    assert.equal(status, '200', heard.text)
    await until('the host has the call', () => held.length > before)
    return { client, heard, stream: held.at(-1) ?? assert.fail() }
  }

  it('are given up at once when the bridge is stopped, where a client keeps its side of one open that is over', async () => {
    const bridge = await world.bridge()
    const refused = await ask(bridge.port, 'no.such:443')
    assert.equal(refused.status, '502')
    const { heard, stream } = await open(bridge.port)
    stream.end('bye')
    await until('the client is told', () => heard.ended)
    assert.match(heard.text, /bye$/)
    await endsWithin(bridge.close(10_000), 1000)
  })

  it('let an answer under way end when the bridge is stopped', async () => {
    const bridge = await world.bridge()
    const { client, heard, stream } = await open(bridge.port)
    client.write('a request')
    await until('it has arrived', () => arrived === 'a request')
    const closing = bridge.close(20_000)
    await new Promise(resolve => setTimeout(resolve, 300))
    stream.write('an answer')
    await until('it is there', () => heard.text.endsWith('an answer'))
    // Whoever asked keeps the tunnel for the next request.
    await endsWithin(closing, 5000)
  })

  it('are not among the requests that a service takes at once when they are open, as Prometheus keeps them', async () => {
    const bridge = await world.bridge()
    // One more than the limit.
    for (let count = 0; count < 9; count += 1) await open(bridge.port)
    assert.ok(held.slice(-9).every(({ closed }) => !closed))
  })

  it('end with the time that the bridge has to stop', async () => {
    const bridge = await world.bridge()
    const { client, stream } = await open(bridge.port)
    client.write('a request')
    await endsWithin(bridge.close(200), 2000)
    await until('the host is told', () => stream.closed)
  })
})
