import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createHttpServer, get, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Context } from 'mocha'
import type { Overlay } from '../../src/edge/index.js'
import { type RunningBridge, runBridge } from '../../src/flows/bridge.js'
import { getOverOverlay } from '../../src/flows/overlay-http.js'
import { carryTo } from '../support/bridge-world.js'
import { type Counterpart, identityFileOf, startCounterpart } from '../support/counterpart.js'
import { addService } from '../support/edge-services.js'
import { type EdgeWorld, newEdgeWorld } from '../support/edge-world.js'
import { requires } from '../support/requires.js'
import { until } from '../support/world-checks.js'

const exposition = 'a_total 1\n'.repeat(20_000)

describe('an HTTP answer that ends by closing', function () {
  this.timeout(60_000)
  let world: EdgeWorld
  let dev: Overlay
  let bridge: RunningBridge
  const servers: Server[] = []
  let tunneler: Counterpart | undefined
  before(async () => {
    world = await newEdgeWorld()
    dev = await world.as(world.names.developer)
    bridge = await startBridge(world)
  })
  after(async () => {
    await bridge?.close(0)
    for (const server of servers) server.close()
    await world?.end()
  })

  afterEach(async () => {
    await tunneler?.stop()
    tunneler = undefined
  })

  const listen = async (server: Server): Promise<number> => {
    servers.push(server)
    await once(server.listen(0, '127.0.0.1'), 'listening')
    return (server.address() as AddressInfo).port
  }
  const behindTunneler = async (context: Context, name: string, server: Server) => {
    const { ZPROM_ZITI: ziti = '' } = process.env
    requires(context, ziti !== '', 'needs a ziti program (ZPROM_ZITI)')
    const service = await addService(world, name, { encrypted: true, port: await listen(server) })
    const file = identityFileOf(world, world.names.reflect)
    tunneler = startCounterpart(ziti, ['tunnel', 'host', '--cli-agent=false', '-i', file])
    await until(`${service} is hosted`, () =>
      dev.dial(service).then(
        connection => {
          connection.destroy()
          return true
        },
        () => false,
      ),
    )
    return service
  }
  const behindZprom = async (name: string, server: Server) => {
    const service = await addService(world, name, { encrypted: true })
    await (await world.as(world.names.reflect)).host(service, {}, carryTo(await listen(server)))
    return service
  }
  const both = async (service: string) => {
    const answer = await getOverOverlay(dev, { service }, { path: '/metrics', timeoutMs: 8000 })
    assert.deepEqual([answer.status, answer.body.length], [200, exposition.length])
    let scraped = { status: 502, body: '' }
    await until('the bridge has read of it', async () => {
      scraped = await scrape(bridge.port, service)
      return !scraped.body.includes('no such target')
    })
    assert.deepEqual([scraped.status, scraped.body.length], [200, exposition.length])
  }

  it('is whole behind a tunneler that does not pass the end on', async function () {
    await both(await behindTunneler(this, 'old-tunneler', http10()))
  })

  it('is whole behind such a tunneler from a server that stops where its client ends', async function () {
    await both(await behindTunneler(this, 'shy-tunneler', shy()))
  })

  it('is whole behind a host of zprom', async () => {
    const began = performance.now()
    await both(await behindZprom('old-own', http10()))
    process.stderr.write(`      both ways in ${Math.round(performance.now() - began)} ms\n`)
  })

  it('is whole behind a host of zprom from a server that stops where its client ends', async () => {
    await both(await behindZprom('shy-own', shy()))
  })
})

// As many a script serves: the end of the connection is the end of the answer.
function http10(): Server {
  return createServer(socket => {
    socket.on('error', () => undefined)
    socket.once('data', () => socket.end(`HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n${exposition}`))
  })
}

// Node's server cuts off what it is at when the client ends its side.
function shy(): Server {
  const write = async (response: ServerResponse) => {
    for (let at = 0; at < exposition.length; at += exposition.length / 4) {
      response.write(exposition.slice(at, at + exposition.length / 4))
      await sleep(200)
    }
    response.end()
  }
  return createHttpServer((_, response) => {
    response.removeHeader('transfer-encoding')
    response.writeHead(200, { 'content-type': 'text/plain', connection: 'close' })
    void write(response)
  })
}

async function startBridge(world: EdgeWorld): Promise<RunningBridge> {
  const identity = world.names.developer
  return runBridge(
    {
      ...{
        identity,
        overlay: await world.as(identity),
        host: '127.0.0.1',
        port: 0,
        token: undefined,
        version: '0.0.0',
      },
      limits: { timeoutMs: 8000, responseBytes: 1_000_000, perService: 8 },
    },
    {
      spec: { read: async () => undefined, shown: 'zprom.yaml' },
      listener: () => undefined,
      clock: () => performance.now(),
      now: Date.now,
      onAccess: () => undefined,
      onBug: error => assert.fail(`${error}`),
    },
  )
}

function scrape(port: number, service: string): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: `http://${service}-:80/metrics`, agent: false }, async response => {
      try {
        let body = ''
        for await (const piece of response) body += piece
        resolve({ status: response.statusCode ?? 0, body })
      } catch (error) {
        reject(error)
      }
    }).on('error', reject)
  })
}
