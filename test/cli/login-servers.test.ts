import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { createServer as createPlainServer } from 'node:http'
import { createServer } from 'node:https'
import { type AddressInfo, createServer as createSilentServer, type Server } from 'node:net'
import { findFreePorts } from '../../src/cli/sandbox/ports.js'
import { assertEnded, documentOf, useWorld } from '../support/cli-world.js'
import { makeCertificate } from '../unit/enroll-certificates.js'

// Whatever a person may have typed instead of the controller's address.
describe('zprom login, at the wrong address', () => {
  const world = useWorld()
  const servers: Server[] = []
  const login = async (url: string, ...flags: string[]) => {
    const person = await world.newcomer()
    return person.run(['login', url, '--username', 'admin', ...flags], { env: { ZPROM_PASSWORD: 'unneeded' } })
  }
  const listen = async (server: Server) => {
    servers.push(server)
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    return `https://localhost:${(server.address() as AddressInfo).port}`
  }
  const answering = async (status: number, type: string, body: string, wish: { readonly notBefore?: Date } = {}) => {
    const seen: string[] = []
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const cert = (await makeCertificate(privateKey, { ...wish, isCa: true })).toString('pem')
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' })
    const server = createServer({ key, cert }, (request, response) => {
      seen.push(`${request.method} ${request.url}`)
      response.writeHead(status, { 'content-type': type }).end(body)
    })
    return { url: await listen(server), seen, cert }
  }

  afterEach(() => {
    for (const server of servers.splice(0)) server.close()
  })

  it('ends with 5 when there is no such host', async () => {
    assertEnded(
      await login('https://no-such-host.invalid:1280'),
      5,
      /there is no such host name/,
      /no-such-host\.invalid:1280 can be reached/,
    )
  })

  it('ends with 5 when nothing is said, as soon as ZPROM_TIMEOUT has passed', async () => {
    const url = await listen(createSilentServer(() => undefined))
    const started = performance.now()
    const person = await world.newcomer()
    const env = { ZPROM_PASSWORD: 'unneeded', ZPROM_TIMEOUT: '500ms' }
    assertEnded(await person.run(['login', url, '--username', 'admin'], { env }), 5)
    assert.ok(performance.now() - started < 20_000)
  }).timeout(60_000)

  it('ends with 5 when nothing listens on that port', async () => {
    const [port] = await findFreePorts(1)
    assertEnded(
      await login(`https://localhost:${port}`),
      5,
      /nothing listens there \(ECONNREFUSED\)/,
      /Check that the controller runs/,
    )
  })

  it('ends with 5 when that port speaks plain HTTP', async () => {
    const url = await listen(createPlainServer((_, response) => response.end('hello')))
    for (const flags of [[], ['--ca', world.overlay.caFile]])
      assertEnded(await login(url, ...flags), 5, /does not speak TLS/, /address of the controller|check the port/)
  })

  it('ends with 5, before any password is sent, when the server speaks TLS but is no controller', async () => {
    for (const [status, type, body] of [
      [200, 'application/json', '{"data": {"version": "1"}}'],
      [200, 'text/html', '<html>hello</html>'],
      [404, 'text/html', 'no such page'],
      [500, 'application/json', '{}'],
      [302, 'text/html', ''],
    ] as const) {
      const { url, seen } = await answering(status, type, body)
      assertEnded(await login(url, '--yes'), 5, /OpenZiti controller|no CA/)
      assert.ok(seen.length > 0 && seen.every(request => request.startsWith('GET ')), seen.join())
    }
  })

  it('ends with 5 when its certificate is not valid yet', async () => {
    const { url, cert } = await answering(200, 'application/json', '{}', { notBefore: new Date('2098-01-01') })
    const person = await world.newcomer()
    await person.write('ca.pem', cert)
    const ran = await person.run(['login', url, '--username', 'admin', '--ca', 'ca.pem'], {
      env: { ZPROM_PASSWORD: 'unneeded' },
    })
    assertEnded(ran, 5, /not valid yet \(CERT_NOT_YET_VALID\)/, /check the clocks/)
  })

  it('ends with 5 when that server is even trusted', async () => {
    const { url, seen, cert } = await answering(200, 'application/json', '{"data": {"version": "1"}}')
    const person = await world.newcomer()
    await person.write('ca.pem', cert)
    const ran = await person.run(['login', url, '--username', 'admin', '--ca', 'ca.pem', '--json'], {
      env: { ZPROM_PASSWORD: 'unneeded' },
    })
    assert.equal(ran.code, 5, ran.stderr)
    const { error } = documentOf(ran)
    assert.match(error.message, /the server there is not an OpenZiti controller/)
    assert.match(error.hint, /check host and port/)
    assert.deepEqual(seen, ['GET /edge/management/v1/version'])
  })

  it('stores nothing of a server that is no controller', async () => {
    const { url } = await answering(200, 'application/json', '{}')
    const person = await world.newcomer()
    await person.run(['login', url, '--username', 'admin', '--yes'], { env: { ZPROM_PASSWORD: 'unneeded' } })
    assertEnded(await person.run(['logout']), 2, /no profile is in use/)
  })
})
