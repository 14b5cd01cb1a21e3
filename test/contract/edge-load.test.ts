import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import axios from 'axios'
import { createOverlayAgent, type EdgeConnection, type Overlay } from '../../src/edge/index.js'
import { addService } from '../support/edge-services.js'
import { type EdgeWorld, echo, exchange, newEdgeWorld } from '../support/edge-world.js'
import { recovers } from '../support/stated.js'
import { until } from '../support/world-checks.js'

const mebi = 1024 * 1024
// At 50 a time; ten thousand take one to two minutes.
const connections = Number(process.env.ZPROM_TEST_CONNECTIONS ?? 2000)
const extent = connections < 10_000 ? ' (scripts/test --all-faults for 10000)' : ''
const atOnce = 50

describe('the data plane under load', function () {
  this.timeout(120_000 + connections * 30)
  let world: EdgeWorld
  let dev: Overlay
  let workload: Overlay
  before(async () => {
    world = await newEdgeWorld()
    dev = await world.as(world.names.developer)
    workload = await world.as(world.names.reflect)
  })
  after(() => world.end())

  // A service whose host sends without end, numbering its pieces; and how much it could get rid of.
  const hostFlood = async (name: string) => {
    const service = await addService(world, name, { encrypted: true })
    const flood = { service, written: 0, hosting: await workload.host(service, {}, connection => start(connection)) }
    const start = (connection: EdgeConnection) =>
      pour(
        connection.on('error', () => undefined),
        flood,
      )
    return flood
  }
  const stall = async (flood: { readonly written: number }) => {
    let [before, rounds] = [-1, 0]
    const deadline = performance.now() + 60_000
    for (; rounds < 40; before = flood.written) {
      assert.ok(performance.now() < deadline, `the host never had to wait, after ${flood.written} bytes`)
      await new Promise(resolve => setTimeout(resolve, 25))
      rounds = flood.written === before && before > 0 ? rounds + 1 : 0
    }
    return flood.written
  }
  const readOn = async (connection: EdgeConnection, total: number) => {
    let received = 0
    connection.on('data', (piece: Buffer) => {
      for (let at = 0; at < piece.length; at += 4096) {
        if (piece[at] !== Math.floor((received + at) / pieceLength) % 251) assert.fail(`wrong byte at ${received + at}`)
      }
      received += piece.length
    })
    await recovers(
      `the reader goes on where it stopped, to ${(total / mebi).toFixed(1)} MiB`,
      60_000,
      () => received > total,
    )
  }

  const shortDials = async (service: string, beside: string) => {
    let slowest = 0
    for (let round = 0; round < 20; round++) {
      const began = performance.now()
      assert.equal((await exchange(await dev.dial(service), Buffer.from('short'))).toString(), 'short')
      slowest = Math.max(slowest, performance.now() - began)
    }
    process.stderr.write(`      20 short dials beside ${beside}: slowest ${Math.round(slowest)} ms; stated: 10000 ms\n`)
    assert.ok(slowest < 10_000)
  }

  it('does not grow while a reader stands still, lets others through, and goes on where it stopped', async () => {
    const flood = await hostFlood('flood')
    const other = await addService(world, 'other', { encrypted: true })
    const hosting = await workload.host(other, {}, echo)
    const stuck = await dev.dial(flood.service)
    const held = await stall(flood)
    // What routers and sockets hold between the two is more on some systems, but never much of it is ours.
    assert.ok(stuck.readableLength < 10 * mebi, `${stuck.readableLength} bytes unread`)
    assert.ok(held < 64 * mebi, `${held} bytes went somewhere`)
    await shortDials(other, 'a stuck reader')
    // Routers of 0.28 pass on some hundred kilobytes per second: there it is enough that something new comes.
    await readOn(stuck, world.overlay.line === '0.28' ? stuck.readableLength + 4 * pieceLength : held + mebi)
    stuck.destroy()
    await Promise.all([flood.hosting.close(), hosting.close()])
  })

  it('does not grow while a host stands still, and lets others through', async () => {
    const sink = await addService(world, 'sink', { encrypted: true })
    const other = await addService(world, 'beside', { encrypted: true })
    const taken: EdgeConnection[] = []
    const deaf = await workload.host(sink, {}, connection => void taken.push(connection.on('error', () => undefined)))
    const hosting = await workload.host(other, {}, echo)
    const upload = await dev.dial(sink)
    upload.on('error', () => undefined)
    const flood = { written: 0 }
    pour(upload, flood)
    const held = await stall(flood)
    assert.ok(held < 64 * mebi, `${held} bytes went somewhere`)
    assert.ok((taken[0]?.readableLength ?? 0) < 10 * mebi)
    await shortDials(other, 'a host that reads nothing')
    upload.destroy()
    await Promise.all([deaf.close(), hosting.close()])
  })

  it('carries a large transfer both ways at once, byte for byte', async () => {
    const total = (world.overlay.line === '0.28' ? 2 : 64) * mebi
    const service = await addService(world, 'large', { encrypted: true })
    const hosting = await workload.host(service, {}, echo)
    const connection = await dev.dial(service)
    const [sent, back] = [createHash('sha256'), createHash('sha256')]
    let received = 0
    connection.on('data', piece => {
      back.update(piece)
      received += piece.length
    })
    const ended = once(connection, 'end')
    for (let left = total; left > 0; left -= 65_536) {
      const piece = randomBytes(Math.min(left, 65_536))
      sent.update(piece)
      if (!connection.write(piece)) await once(connection, 'drain')
    }
    connection.end()
    await ended
    assert.equal(received, total)
    assert.equal(back.digest('hex'), sent.digest('hex'))
    await hosting.close()
  })

  it(`leaves nothing behind after ${connections} short connections${extent}: no sockets, timers, connections or memory`, async () => {
    const service = await addService(world, 'short', { encrypted: true })
    const alive = new Set<EdgeConnection>()
    const hosting = await workload.host(service, {}, connection => {
      alive.add(connection)
      connection.once('close', () => alive.delete(connection))
      echo(connection)
    })
    const one = async () => {
      const connection = await dev.dial(service)
      assert.equal((await exchange(connection, Buffer.from('short'))).toString(), 'short')
      assert.ok(connection.destroyed)
    }
    const many = async (count: number) => {
      let left = count
      const worker = async () => {
        while (left-- > 0) await one()
      }
      await Promise.all(Array.from({ length: atOnce }, worker))
      await until('the host has let go of all', () => alive.size === 0)
    }
    await many(200)
    const before = measure()
    const began = performance.now()
    await many(connections)
    const perSecond = Math.round((connections * 1000) / (performance.now() - began))
    const after = measure()
    process.stderr.write(
      `      ${connections} connections, ${perSecond}/s, heap ${mega(before.heap)} -> ${mega(after.heap)} MB, handles ${before.handles} -> ${after.handles}\n`,
    )
    assert.ok(after.handles <= before.handles + 2, `${after.handles} handles, before ${before.handles}`)
    assert.ok(
      after.heap < before.heap + 8 * mebi + connections * 500,
      `${mega(after.heap)} MB, before ${mega(before.heap)}`,
    )
    await hosting.close()
  })

  it('serves axios with connections that are kept, and with a time-out', async () => {
    const service = await addService(world, 'http', { encrypted: true })
    let calls = 0
    const server = createServer((request, response) => {
      if (request.url === '/never') return
      response.end('over the overlay')
    })
    const hosting = await workload.host(service, {}, stream => {
      calls++
      server.emit('connection', stream)
    })
    const httpAgent = createOverlayAgent(dev, () => ({ service }), { keepAlive: true, maxSockets: 1 })
    const client = axios.create({ baseURL: 'http://anything', httpAgent, proxy: false, timeout: 500 })
    for (let round = 0; round < 5; round++) assert.equal((await client.get('/')).data, 'over the overlay')
    assert.equal(calls, 1)
    await assert.rejects(client.get('/never'), /timeout/)
    httpAgent.destroy()
    server.close()
    await hosting.close()
  })
})

const pieceLength = 65_536

// Writes without end, numbering its pieces.
function pour(connection: EdgeConnection, flood: { written: number }): void {
  const more = () => {
    for (let isRoom = true; isRoom && !connection.destroyed; ) {
      isRoom = connection.write(Buffer.alloc(pieceLength, (flood.written / pieceLength) % 251))
      flood.written += pieceLength
    }
    connection.once('drain', more)
  }
  more()
}

function measure(): { readonly heap: number; readonly handles: number } {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return { heap: process.memoryUsage().heapUsed, handles: process.getActiveResourcesInfo().length }
}

function mega(bytes: number): string {
  return (bytes / mebi).toFixed(1)
}
