import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import type { Hosting } from '../../src/edge/index.js'
import { parseIdentityFile } from '../../src/enroll/index.js'
import { hostAll } from '../../src/flows/host-all.js'
import { openTunnel, type Tunnel } from '../support/cli-tunnel.js'
import { addService, revoke } from '../support/edge-services.js'
import { type EdgeWorld, newEdgeWorld, readAll } from '../support/edge-world.js'
import { type FaultProxy, startProxy } from '../support/proxy.js'
import { until } from '../support/world-checks.js'

describe('all that an identity may host, as it comes and goes', function () {
  this.timeout(60_000)
  let world: EdgeWorld
  let count = 0
  let one: Server
  let other: Server
  let hosting: Hosting | undefined
  let tunnel: Tunnel | undefined
  let proxy: FaultProxy | undefined
  before(async () => {
    world = await newEdgeWorld()
    one = await serverSaying('one')
    other = await serverSaying('other')
  })
  afterEach(async () => {
    await hosting?.close()
    await tunnel?.close()
    await proxy?.close()
    hosting = undefined
    for (let at = 1; at <= count; at++) await dropService(nameOf(at)).catch(() => undefined)
  })
  after(async () => {
    one?.close()
    other?.close()
    await world?.end()
  })
  const serverSaying = async (word: string) => {
    const server = createServer(socket => void socket.on('error', () => undefined).end(word))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    return server
  }
  const portOf = (server: Server) => (server.address() as AddressInfo).port
  const nameOf = (at: number) => `all${at}.${world.word}`
  const add = (host: object) => addService(world, `all${++count}`, { encrypted: true, host })
  const saying = (server: Server) => ({ protocol: 'tcp', address: '127.0.0.1', port: portOf(server) })
  const dropService = async (name: string) => {
    const there = await world.find('service', name)
    await world.admin.remove('/services', there?.id ?? '')
  }
  const change = async (name: string, data: object) => {
    const there = await world.find('config', `${name}.host.v1`)
    await world.admin.patch('/configs', there?.id ?? '', { data })
  }
  const heard = async (service: string) => {
    const developer = await world.as(world.names.developer)
    return (await readAll(await developer.dial(service))).toString()
  }
  const start = async (way: Parameters<EdgeWorld['as']>[1] = {}) => {
    const workload = await world.as(world.names.reflect, way)
    const [states, news, notices]: [string[], string[], string[]] = [[], [], []]
    hosting = await hostAll(workload, {
      idleMs: 0,
      refreshMs: 200,
      onState: (service, state) => void states.push(`${state} ${service}`),
      onNews: text => void news.push(text),
      onNotice: text => void notices.push(text),
      onError: error => assert.fail(error),
    })
    return { states, news, notices }
  }
  const howMany = (texts: readonly string[], pattern: RegExp) => texts.filter(text => pattern.test(text)).length

  it('waits where there is nothing, hosts what appears later, and lets go of what may no longer be hosted', async () => {
    const { states, news, notices } = await start()
    await until('it says that it waits', () => news.length > 0)
    assert.match(news[0] ?? '', /may host no service with a host\.v1 config \(it may host .*\); waiting for one$/)
    const service = await add(saying(one))
    await until('it is hosted', () => states.includes(`hosting ${service}`))
    assert.equal(await heard(service), 'one')
    assert.equal(news.length, 1)
    await revoke(world, service, 'Bind')
    await until('it is let go', () => howMany(news, /is hosted no longer/) === 1)
    await until('it says that it waits again', () => howMany(news, /waiting for one/) === 2)
    const second = await add(saying(other))
    await until('the next is hosted', () => states.includes(`hosting ${second}`))
    await dropService(second)
    await until(
      'one that was deleted is let go',
      () => howMany(news, new RegExp(`^${second} is hosted no longer`)) === 1,
    )
    assert.deepEqual(notices, [])
  })

  it('follows a host.v1 config that changes, and tells once what it can not serve', async () => {
    const service = await add({ ...saying(one), listenOptions: { identity: '$what' } })
    const { states, notices } = await start()
    await until('it is told', () => notices.length > 0)
    await change(service, saying(one))
    await until('it is hosted', () => states.includes(`hosting ${service}`))
    assert.equal(await heard(service), 'one')
    await change(service, saying(other))
    await until('it leads elsewhere', async () => (await heard(service).catch(() => '')) === 'other')
    assert.equal(notices.length, 1)
    assert.match(notices[0] ?? '', /^not hosted: .*\$what, which zprom can't work out/)
  })

  it('tries again what could not be offered, without a word for each try', async () => {
    const { word, names, overlay, outDir } = world
    const text = await readFile(join(outDir, word, `${names.reflect}.json`), 'utf8')
    const { keyPem, certPems } = parseIdentityFile(text, { name: names.reflect })
    proxy = await startProxy({ ...overlay, certificate: { key: keyPem, cert: certPems.join('\n') } })
    proxy.on('POST', '/sessions', { status: 500 }, 3)
    const service = await add(saying(one))
    const { states, notices } = await start({ url: proxy.url, ca: proxy.ca })
    await until('it is hosted', () => states.includes(`hosting ${service}`))
    assert.equal(proxy.count('POST', '/sessions'), 4)
    assert.equal(notices.length, 1)
    assert.match(notices[0] ?? '', /^not hosted: .*500/)
  })

  it('keeps what it hosts while the controller is away, and goes on when it is back', async () => {
    tunnel = await openTunnel(world.overlay.url)
    const service = await add(saying(one))
    const { states, news } = await start({ url: tunnel.url, timeoutMs: 500 })
    await until('it is hosted', () => states.includes(`hosting ${service}`))
    tunnel.hold()
    await until('it says so', () => howMany(news, /services can't be read: .*; trying again$/) === 1)
    assert.equal(await heard(service), 'one')
    tunnel.release()
    await until('it says so', () => news.includes('services can be read again'))
    const second = await add(saying(other))
    await until('what is new is hosted', () => states.includes(`hosting ${second}`))
    assert.equal(howMany(news, /can't be read/), 1)
  })
})
