import assert from 'node:assert/strict'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { findFreePorts } from '../../src/cli/sandbox/ports.js'
import type { Person } from '../support/cli.js'
import { startZprom, stopAll } from '../support/cli-running.js'
import { assertEnded, useWorld } from '../support/cli-world.js'
import { until } from '../support/world-checks.js'

/** Whether something takes connections on a port of loopback. */
const listens = (port: number) =>
  new Promise<boolean>(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })

describe('zprom proxy, open and host tcp', function () {
  this.timeout(60_000)
  const world = useWorld({ keepPeople: true })
  let person: Person
  let site: Server
  let port: number
  before(async () => {
    site = createServer((request, response) => response.end(`you asked for ${request.url}`)).listen(0, '127.0.0.1')
    await new Promise(resolve => site.once('listening', resolve))
    port = (site.address() as AddressInfo).port
    person = await world.worker()
    const spec = {
      clusters: [{ name: 'kubeA', prometheus: 'dark' }],
      developers: [{ name: 'dev.client', enroll: true }],
      targets: [{ name: 'site', address: `127.0.0.1:${port}`, hostedBy: 'kubeA.reflect.id' }],
      local: { dark: true },
    }
    await person.write('zprom.yaml', JSON.stringify(spec))
    await person.ok(['apply', '--yes'])
  })
  afterEach(stopAll)
  after(() => {
    site?.closeAllConnections()
    site?.close()
  })
  const hosting = async (...args: string[]) => {
    const host = startZprom(person, ['host', 'tcp', ...args])
    await host.untilSaid(/^hosting /m)
    return host
  }
  const proxying = async (...args: string[]) => {
    const proxy = startZprom(person, ['proxy', ...args])
    await proxy.untilSaid(/^127\.0\.0\.1:\d+ /m)
    const ports = [...proxy.stdout().matchAll(/^127\.0\.0\.1:(\d+) /gm)].map(([, found]) => Number(found))
    return { proxy, ports }
  }
  const get = async (at: number, path = '/') => (await fetch(`http://127.0.0.1:${at}${path}`)).text()

  it('carries HTTP to what the host.v1 config of a service says, and leaves nothing that listens', async () => {
    const host = await hosting('site.svc')
    const { proxy, ports } = await proxying('site.svc')
    const [at = 0] = ports
    assert.equal(proxy.stdout(), `127.0.0.1:${at} leads to site.svc\n`)
    assert.equal(await get(at, '/x'), 'you asked for /x')
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => get(at, `/${index}`)))
    assert.equal(answers[19], 'you asked for /19')
    const open = connect(at, '127.0.0.1')
    await new Promise(resolve => open.once('connect', resolve))
    const closed = new Promise(resolve => open.on('error', () => undefined).once('close', resolve))
    assertEnded(await proxy.stop(), 0)
    await closed
    assert.equal(await listens(at), false)
    assertEnded(await host.stop('SIGTERM'), 0)
    assertEnded(await person.run(['connect', 'site.svc']), 5, /site\.svc: nothing hosts it/)
  })

  it('opens several at once on the ports that were asked for, with --all of a host behind them', async () => {
    const host = await hosting('--all', '--as', 'kubeA.reflect.id')
    assert.match(host.stdout(), /^hosting site\.svc over .*\n$/)
    const [one = 0, two = 0] = await findFreePorts(2)
    const { ports } = await proxying(`site.svc:${one}`, `site.svc.ziti:${two}`)
    assert.deepEqual(ports, [one, two])
    assert.deepEqual([await get(one), await get(two)], ['you asked for /', 'you asked for /'])
  })

  it('waits, with --all, where there is nothing to host yet, until Ctrl-C', async () => {
    const host = startZprom(person, ['host', 'tcp', '--all', '--as', 'local.prometheus.id'])
    const waits =
      /may host no service with a host\.v1 config \(it may host local\.prometheus\.svc\); waiting for one\n$/
    await until('it says so', () => waits.test(host.stderr()))
    assertEnded(await host.stop(), 0)
    assert.equal(host.stdout(), '')
    assert.match(host.stderr(), /^local\.prometheus\.id may host .*\n$/)
  })

  it('makes a port dark under the identity that its callers ask for', async () => {
    const host = await hosting('local.prometheus.svc', '--to', `127.0.0.1:${port}`)
    const { ports } = await proxying('local.prometheus.svc')
    assert.equal(await get(ports[0] ?? 0), 'you asked for /')
    assert.equal(host.stderr(), '')
  })

  it('warns of a terminator that callers by the intercept would not find', async () => {
    const host = await hosting('local.prometheus.svc', '--to', `127.0.0.1:${port}`, '--terminator', 'other')
    assert.match(host.stderr(), /warning: .* asks for the terminator of local\.prometheus\.id, and this one has other/)
    const { ports } = await proxying('local.prometheus.svc', '--identity', 'other')
    assert.equal(await get(ports[0] ?? 0), 'you asked for /')
  })

  it('tells the caller why the backend can not be reached, on both sides', async () => {
    const [nobody = 0] = await findFreePorts(1)
    const host = await hosting('site.svc', '--to', `127.0.0.1:${nobody}`)
    const why = new RegExp(
      `its host did not take the call: 127\\.0\\.0\\.1:${nobody}: can't connect \\(ECONNREFUSED\\)$`,
      'm',
    )
    assertEnded(await person.run(['connect', 'site.svc']), 5, why)
    assert.match(host.stderr(), /^site\.svc: a call of dev\.client was not taken: /m)
    const { proxy, ports } = await proxying('site.svc')
    await assert.rejects(get(ports[0] ?? 0), /fetch failed/)
    await until('the proxy says so', () => why.test(proxy.stderr()))
    assert.equal(await listens(ports[0] ?? 0), true)
  })

  it('passes half-closes on, in both directions', async () => {
    const talker = createTcpServer({ allowHalfOpen: true }, socket => {
      let size = 0
      socket.on('data', piece => {
        size += piece.length
      })
      socket.on('end', () => socket.end(`got ${size}`))
    }).listen(0, '127.0.0.1')
    await new Promise(resolve => talker.once('listening', resolve))
    await hosting('site.svc', '--to', `127.0.0.1:${(talker.address() as AddressInfo).port}`)
    const { ports } = await proxying('site.svc')
    const client = connect({ port: ports[0] ?? 0, host: '127.0.0.1', allowHalfOpen: true })
    client.end(Buffer.alloc(1_000_000))
    let said = ''
    for await (const piece of client) said += piece
    assert.equal(said, 'got 1000000')
    talker.close()
  })

  it('forwards to the port that was dialled, if the host.v1 config allows it', async () => {
    const admin = world.overlay.admin()
    const config = async (type: string, data: object) => {
      const [row] = await admin.list('/config-types', `name = "${type}"`)
      const { id: configTypeId } = row as { id: string }
      return (await admin.create('/configs', { name: `many-${type}`, configTypeId, data })).id
    }
    const all = { low: 1, high: 65_535 }
    const forward = { forwardPort: true, allowedPortRanges: [{ low: port, high: port }] }
    const configs = [
      await config('host.v1', { protocol: 'tcp', address: '127.0.0.1', ...forward }),
      await config('intercept.v1', { protocols: ['tcp'], addresses: ['many.ziti'], portRanges: [all] }),
    ]
    const service = await admin.create('/services', { name: 'many.svc', encryptionRequired: true, configs })
    for (const [type, name] of [
      ['Bind', 'kubeA.reflect.id'],
      ['Dial', 'dev.client'],
    ]) {
      const [row] = await admin.listByName('/identities', [name ?? ''])
      const roles = { serviceRoles: [`@${service.id}`], identityRoles: [`@${(row as { id: string }).id}`] }
      await admin.create('/service-policies', { name: `many.${type}`, type, semantic: 'AnyOf', ...roles })
    }
    await hosting('many.svc', '--as', 'kubeA.reflect.id')
    const client = startZprom(person, ['connect', `many.ziti:${port}`])
    client.child.stdin.write('GET /y HTTP/1.0\r\n\r\n')
    await client.untilSaid(/you asked for \/y$/)
    assertEnded(await person.run(['connect', 'many.ziti:7']), 5, /the port 7 is not in the allowed ranges/)
    assertEnded(await person.run(['connect', 'many.svc']), 5, /the call does not say which port was dialled/)
  })

  it('ends what is idle when asked to', async () => {
    const silent = createTcpServer(() => undefined).listen(0, '127.0.0.1')
    await new Promise(resolve => silent.once('listening', resolve))
    await hosting('site.svc', '--to', `127.0.0.1:${(silent.address() as AddressInfo).port}`, '--idle', '300ms')
    const client = startZprom(person, ['connect', 'site.svc'])
    assert.equal((await client.ended).code, 0)
    silent.close()
  })

  it('opens the browser at the URL, or only prints it', async () => {
    await hosting('site.svc')
    // What stands for the browser: it keeps what it is given.
    const programs = join(person.folder, 'programs')
    await mkdir(programs)
    await writeFile(join(programs, 'xdg-open'), `#!/bin/sh\necho "$1" > "${person.folder}/opened"\n`)
    await chmod(join(programs, 'xdg-open'), 0o755)
    const withBrowser = { ...person, env: { ...person.env, PATH: `${programs}:${person.env.PATH}` } }
    const opened = startZprom(withBrowser, ['open', 'site.svc', '--path', '/graph?a=1&b=2'])
    const [, url = ''] = await opened.untilSaid(/^(http:\/\/127\.0\.0\.1:\d+\/graph\?a=1&b=2)\n/)
    assert.equal(await (await fetch(url)).text(), 'you asked for /graph?a=1&b=2')
    await until('it is opened', async () => (await person.read('opened').catch(() => '')) === `${url}\n`)
    assertEnded(await opened.stop(), 0)
    const printed = startZprom({ ...person, env: { ...person.env, PATH: programs } }, ['open', 'site.svc', '--print'])
    await printed.untilSaid(/^http:/)
    assertEnded(await printed.stop(), 0)
  })

  it('refuses, before anything listens, what can not be', async () => {
    assertEnded(
      await person.run(['proxy', 'site.svc', 'nowhere']),
      5,
      /nowhere: this identity may dial no such service/,
      /it may dial .*site\.svc/,
    )
    assertEnded(await person.run(['proxy', `site.svc:${port}`]), 8, /can't be listened on: something else .*EADDRINUSE/)
    assertEnded(await person.run(['proxy', 'site.svc:70000']), 2, /there is no port 70000/)
    assertEnded(await person.run(['host', 'tcp']), 2, /name one service, or say --all/)
    assertEnded(await person.run(['host', 'tcp', 'site.svc', '--to', '9090']), 2, /it is HOST:PORT/)
    assertEnded(await person.run(['host', 'tcp', 'site.svc', '--idle', '5']), 2, /5 is no length of time/)
    assertEnded(
      await person.run(['host', 'tcp', 'site.svc', '--as', 'dev.client']),
      5,
      /site\.svc: dev\.client may host no such service/,
    )
    assertEnded(
      await person.run(['host', 'tcp', 'kubeA.reflect.svc']),
      2,
      /it has no host\.v1 config\n {2}say where its calls go with --to/,
    )
    assertEnded(
      await person.run(['host', 'reflect', '--as', 'local.prometheus.id']),
      5,
      /local\.prometheus\.scrape\.svc: /,
    )
  })
})
