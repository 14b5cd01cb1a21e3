import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findFreePorts } from '../../src/cli/sandbox/ports.js'
import { EdgeError } from '../../src/edge/index.js'
import { dialDestination } from '../../src/flows/dial.js'
import { hostTcp } from '../../src/flows/host-tcp.js'
import { offerPort, readHostConfig } from '../../src/tunnel/index.js'
import { type Counterpart, identityFileOf, startCounterpart } from '../support/counterpart.js'
import { addService } from '../support/edge-services.js'
import { type EdgeWorld, newEdgeWorld, readAll } from '../support/edge-world.js'
import { requires } from '../support/requires.js'
import { failureOf, until } from '../support/world-checks.js'

describe('what a host.v1 config leads to, besides a TCP port', function () {
  this.timeout(60_000)
  let world: EdgeWorld
  let count = 0
  const ends: (() => unknown)[] = []
  before(async () => {
    world = await newEdgeWorld()
  })
  after(() => world.end())
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end()
  })
  const hosted = async (host: object, encrypted = true, intercept?: object) => {
    // A controller of 0.28 keeps no config with a proxy: what newer ones give is taken from here.
    const isKept = !('proxy' in host) || world.overlay.line !== '0.28'
    const service = await addService(world, `backend${++count}`, { encrypted, intercept, ...(isKept && { host }) })
    const errors: Error[] = []
    const common = { service, idleMs: 0, onState: () => undefined, onError: (error: Error) => void errors.push(error) }
    const workload = await world.as(world.names.reflect)
    const more = { to: undefined, terminator: undefined, onNotice: (text: string) => assert.fail(text) }
    const hosting = isKept
      ? await hostTcp(workload, { ...common, ...more })
      : await offerPort(workload, { ...common, config: readHostConfig(service, { ...host }, '') })
    ends.push(() => hosting.close())
    return { service, errors }
  }
  const dialled = async (service: string, protocol: string) => {
    const appData = Buffer.from(JSON.stringify({ dst_protocol: protocol }))
    const connection = await (await world.as(world.names.developer)).dial(service, { appData })
    connection.on('error', () => undefined)
    ends.push(() => connection.destroy())
    return connection
  }
  const tcpServer = async (serve: Parameters<typeof createServer>[1]): Promise<number> => {
    const server: Server = createServer({ allowHalfOpen: true }, serve)
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    ends.push(() => server.close())
    return (server.address() as AddressInfo).port
  }
  const udpEcho = async (): Promise<{ port: number; seen: number[] }> => {
    const socket = await openUdp()
    const seen: number[] = []
    socket.on('message', (datagram, { port, address }) => {
      seen.push(datagram.length)
      socket.send(datagram, port, address)
    })
    return { port: socket.address().port, seen }
  }
  const openUdp = async (): Promise<Socket> => {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    ends.push(() => socket.close())
    return socket
  }

  describe('datagrams', () => {
    const sizes = [1, 17, 1200, 9000, 16_000]

    for (const encrypted of [true, false])
      it(`arrive one by one, of the size they were sent, both ways, ${encrypted ? '' : 'not '}encrypted`, async () => {
        const { port, seen } = await udpEcho()
        const { service } = await hosted({ protocol: 'udp', address: '127.0.0.1', port }, encrypted)
        const connection = await dialled(service, 'udp')
        const back: number[] = []
        connection.on('data', (message: Buffer) => void back.push(message.length))
        for (const size of sizes)
          await new Promise<void>(resolve => void connection.write(Buffer.alloc(size, 7), () => resolve()))
        await until('all are back', () => back.length === sizes.length)
        assert.deepEqual([seen, back], [sizes, sizes])
      })

    it('that come faster than they are taken stay apart', async () => {
      const [burst, least] = [60, 1400]
      const socket = await openUdp()
      socket.on('message', (_, { port, address }) => {
        for (let at = 0; at < burst; at++) socket.send(Buffer.alloc(least + at), port, address)
      })
      const { service } = await hosted({ protocol: 'udp', address: '127.0.0.1', port: socket.address().port })
      const connection = await dialled(service, 'udp')
      const back: number[] = []
      connection.on('data', (message: Buffer) => void back.push(message.length))
      connection.write('go')
      await until('the last is there', () => back.includes(least + burst - 1))
      // Some may be lost, as datagrams are; none is joined to another, or before another that was sent earlier.
      assert.deepEqual(
        back,
        back.filter(size => size >= least && size < least + burst).toSorted((one, other) => one - other),
      )
      assert.ok(back.length > burst / 2, `${back.length}`)
    })

    it('go where the caller dialled by udp, and streams where by tcp, if the config allows both', async () => {
      const { port: udpPort, seen } = await udpEcho()
      const forward = { forwardProtocol: true, allowedProtocols: ['tcp', 'udp'], address: '127.0.0.1', port: udpPort }
      const server = createServer(socket => void socket.end('by tcp'))
      await new Promise<void>(resolve => server.listen(udpPort, '127.0.0.1', resolve))
      ends.push(() => server.close())
      const { service } = await hosted(forward)
      assert.equal((await readAll(await dialled(service, 'tcp'))).toString(), 'by tcp')
      const connection = await dialled(service, 'udp')
      connection.write('by udp')
      assert.equal(String((await once(connection, 'data'))[0]), 'by udp')
      assert.deepEqual(seen, [6])
      const refused = await failureOf(dialled(service, 'sctp'))
      assert.match(refused.message, /the protocol sctp is not among the allowed ones \(tcp, udp\)/)
    })

    it('are what the input of a caller becomes where the service is for udp, and it is told so', async () => {
      const { port, seen } = await udpEcho()
      const host = `udp${port}.ziti`
      const intercept = { protocols: ['udp'], addresses: [host], portRanges: [{ low: port, high: port }] }
      const forward = { forwardProtocol: true, allowedProtocols: ['udp'], forwardPort: true, address: '127.0.0.1' }
      const allowedPortRanges = [{ low: port, high: port }]
      const { service } = await hosted({ ...forward, allowedPortRanges }, true, intercept)
      const developer = await world.as(world.names.developer)
      for (const text of [service, `${host}:${port}`]) {
        const notices: string[] = []
        const connection = await dialDestination(developer, text, {}, notice => void notices.push(notice))
        connection.write('by udp')
        assert.equal(String((await once(connection, 'data'))[0]), 'by udp')
        connection.destroy()
        assert.deepEqual(notices, [`${service}: by UDP; each piece of the input is a datagram, and one may be lost`])
      }
      assert.deepEqual(seen, [6, 6])
    })

    it('to a port where nobody is end the call with the first of them', async () => {
      const [port = 0] = await findFreePorts(1)
      const { service } = await hosted({ protocol: 'udp', address: '127.0.0.1', port })
      const connection = await dialled(service, 'udp')
      const closed = once(connection.resume(), 'close')
      connection.write('anybody?')
      await closed
      const nowhere = await hosted({ protocol: 'udp', address: 'no-such-host.invalid', port: 1 })
      const error = await failureOf(dialled(nowhere.service, 'udp'))
      assert.match(error.message, /no-such-host\.invalid: there is no such host/)
    })

    it('of a ziti tunneler arrive as they were sent, and their answers there', async function () {
      const { ZPROM_ZITI: ziti = '' } = process.env
      requires(this, ziti !== '', 'needs a ziti program (ZPROM_ZITI)')
      const { port, seen } = await udpEcho()
      const { service } = await hosted({ protocol: 'udp', address: '127.0.0.1', port })
      const [local = 0] = await findFreePorts(1)
      const file = identityFileOf(world, world.names.developer)
      const tunnel: Counterpart = startCounterpart(ziti, ['tunnel', 'proxy', '-i', file, `${service}:${local}:udp`])
      ends.push(() => tunnel.stop())
      const client = await openUdp()
      const back: number[] = []
      client.on('message', datagram => void back.push(datagram.length))
      // It drops what comes before it has dialled.
      await until(`the first is back: ${tunnel.said()}`, () => {
        client.send(Buffer.alloc(3), local, '127.0.0.1')
        return back.length > 0
      })
      for (const size of [17, 1200, 9000]) {
        client.send(Buffer.alloc(size), local, '127.0.0.1')
        await until(`${size} bytes are back`, () => back.includes(size))
      }
      for (const size of [17, 1200, 9000]) assert.ok(seen.includes(size), `${size}`)
      assert.ok(seen.every(size => [3, 17, 1200, 9000].includes(size)))
    })
  })

  it('is refused where it depends on what was dialled and no address says that, with advice to name one', async () => {
    const forward = { protocol: 'tcp', address: '127.0.0.1', forwardPort: true }
    const { service } = await hosted({ ...forward, allowedPortRanges: [{ low: 1, high: 2 }] })
    const developer = await world.as(world.names.developer)
    const error = await failureOf(dialDestination(developer, service, {}, text => assert.fail(text)))
    assert.ok(error instanceof EdgeError && error.fault === 'host', error.stack)
    assert.match(error.message, /the call does not say which port was dialled/)
    assert.match(error.hint ?? '', /name an address that its intercept\.v1 config covers \(HOST:PORT\)/)
  })

  describe('a proxy of HTTP', () => {
    let folder: string
    before(async function () {
      requires(this, spawnSync('tinyproxy', ['-v']).status === 0, 'tinyproxy is not installed')
      folder = await mkdtemp(join(tmpdir(), 'zprom-proxy-'))
    })
    after(() => folder && rm(folder, { recursive: true, force: true }))

    // A real one, that makes tunnels to one port and no other.
    const startTinyproxy = async (allowed: number) => {
      const [port = 0] = await findFreePorts(1)
      const [config, file] = [join(folder, `${port}.conf`), join(folder, `${port}.log`)]
      const lines = [`Port ${port}`, 'Listen 127.0.0.1', 'Allow 127.0.0.1', 'LogLevel Info', `LogFile "${file}"`]
      await writeFile(config, [...lines, `ConnectPort ${allowed}`, ''].join('\n'))
      const program = startCounterpart('tinyproxy', ['-d', '-c', config])
      ends.push(() => program.stop())
      const log = () => readFile(file, 'utf8').catch(() => '')
      await until(`tinyproxy runs: ${program.said()}`, async () => /Accepting connections/.test(await log()))
      return { address: `127.0.0.1:${port}`, log }
    }

    it('is what the way to the target leads through', async () => {
      const port = await tcpServer(socket => {
        socket.on('error', () => undefined).write('I speak first; ')
        socket.pipe(socket)
      })
      const proxy = await startTinyproxy(port)
      const host = { protocol: 'tcp', address: 'localhost', port, proxy: { type: 'http', address: proxy.address } }
      const { service } = await hosted(host)
      const bytes = Buffer.alloc(100_000, 'x')
      const wanted = Buffer.concat([Buffer.from('I speak first; '), bytes])
      const connection = await dialled(service, 'tcp')
      let back = Buffer.alloc(0)
      connection.on('data', (piece: Buffer) => {
        back = Buffer.concat([back, piece])
      })
      // This proxy gives up both directions when one ends, so nothing is ended before all is back.
      connection.write(bytes)
      await until('all is back', () => back.length >= wanted.length)
      assert.ok(back.equals(wanted))
      assert.match(await proxy.log(), new RegExp(`CONNECT localhost:${port} HTTP/1\\.1`))
    })

    it('that refuses, or is not there, is named to the caller with what it said', async () => {
      const proxy = await startTinyproxy(1)
      const host = { protocol: 'tcp', address: 'localhost', port: 9, proxy: { type: 'http', address: proxy.address } }
      const { service, errors } = await hosted(host)
      const refused = await failureOf(dialled(service, 'tcp'))
      assert.ok(refused instanceof EdgeError && refused.fault === 'host', refused.stack)
      assert.match(refused.message, /localhost:9 through the proxy 127\.0\.0\.1:\d+: it was refused: 403 /)
      assert.match(errors[0]?.message ?? '', /a call of .* was not taken: localhost:9 through the proxy/)
      const [nobody = 0] = await findFreePorts(1)
      const gone = await hosted({ ...host, proxy: { type: 'http', address: `127.0.0.1:${nobody}` } })
      assert.match((await failureOf(dialled(gone.service, 'tcp'))).message, /127\.0\.0\.1:\d+: can't connect/)
    })

    it('that never answers costs no more than the time there is to decide', async () => {
      const port = await tcpServer(socket => void socket.on('error', () => undefined).resume())
      const listenOptions = { connectTimeout: '1s' }
      const proxy = { type: 'http', address: `127.0.0.1:${port}` }
      const { service } = await hosted({ protocol: 'tcp', address: 'localhost', port: 9, proxy, listenOptions })
      assert.match((await failureOf(dialled(service, 'tcp'))).message, /through the proxy .*: no answer in time/)
    })
  })
})
