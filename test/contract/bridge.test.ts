import assert from 'node:assert/strict'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { type ClientRequest, request as httpRequest, type IncomingMessage, type Server } from 'node:http'
import { connect } from 'node:net'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { EdgeConnection } from '../../src/edge/index.js'
import { type BridgeWorld, exporter, hostServer, newBridgeWorld } from '../support/bridge-world.js'
import { failureOf, until } from '../support/world-checks.js'

type Answer = {
  readonly status: number
  readonly phrase: string
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

describe('the proxy of a bridge', function () {
  this.timeout(60_000)
  let world: BridgeWorld
  let port: number
  let limited: number
  let server: Server
  /** Streams to the workload that says nothing of itself. */
  const held: EdgeConnection[] = []

  before(async () => {
    world = await newBridgeWorld()
    const { word } = world
    const workloads = ['reflect', 'held']
    await world.provide({ clusters: [{ name: word, prometheus: 'dark', workloads }] })
    server = exporter(() => 'a_total 1\n')
    server.prependListener('request', (request, response) => {
      if (request.url !== '/gzip') return
      response.setHeader('content-encoding', 'gzip').end(gzipSync('a_total 2\n'))
    })
    const { service, identity } = place('reflect')
    await hostServer(await world.as(identity), service, identity, server)
    const other = place('held')
    await (await world.as(other.identity)).host(other.service, { identity: other.identity }, stream => {
      stream.on('error', () => undefined).resume()
      held.push(stream)
    })
    // Without a spec any path may be asked for, so that one exporter can have many.
    port = (await world.bridge({ noSpec: true })).port
    limited = (await world.bridge()).port
  })
  after(async () => {
    await world?.end()
    server?.close()
  })
  const place = (workload: string) => ({
    service: `${world.word}.${workload}.scrape.svc`,
    identity: `${world.word}.${workload}.id`,
  })
  const url = (path: string, workload = 'reflect') => {
    const { service, identity } = place(workload)
    return `http://${service}-${identity}:80${path}`
  }
  const begin = (target: string, options: Options = {}) => {
    const { on = port, method = 'GET', headers = {} } = options
    return httpRequest({ host: '127.0.0.1', port: on, path: target, method, headers, agent: false })
  }
  const get = (target: string, options?: Options) => answerOf(begin(target, options))

  it('hands on what a target answers, untouched: headers, compression, length', async () => {
    const plain = await get(url('/metrics'))
    assert.deepEqual([plain.status, plain.body.toString()], [200, 'a_total 1\n'])
    assert.equal(plain.headers['content-type'], 'text/plain; version=0.0.4')
    const packed = await get(url('/gzip'))
    assert.equal(packed.headers['content-encoding'], 'gzip')
    assert.equal(gunzipSync(packed.body).toString(), 'a_total 2\n')
    const head = await get(url('/metrics'), { method: 'HEAD' })
    assert.deepEqual([head.status, head.body.length], [200, 0])
  })

  it('sends the target what Prometheus sent, with the service as host, and not what is for the proxy', async () => {
    const headers = {
      'Accept-Encoding': 'gzip',
      'Proxy-Authorization': 'Basic c2VjcmV0',
      Authorization: 'Bearer target',
      TE: 'x',
    }
    const sent = JSON.parse((await get(url('/headers'), { headers })).body.toString()) as string[]
    const names = sent.filter((_, index) => index % 2 === 0)
    assert.equal(sent[sent.indexOf('Host') + 1], place('reflect').service)
    assert.equal(sent[sent.indexOf('Authorization') + 1], 'Bearer target')
    assert.equal(sent[sent.indexOf('Accept-Encoding') + 1], 'gzip')
    for (const name of ['Proxy-Authorization', 'TE']) assert.ok(!names.includes(name), name)
  })

  it('reads only, and only what is in its table', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE'])
      assert.equal((await get(url('/metrics'), { method })).status, 405, method)
    for (const host of ['localhost', '127.0.0.1', `127.0.0.1:${port}`, 'example.com', 'a-', place('reflect').service]) {
      const { status, phrase } = await get(`http://${host}/metrics`)
      assert.equal(status, 502)
      assert.match(phrase, /^zprom: no such target: /)
    }
    for (const target of ['https://a-/', 'http://u:p@a-/', 'ftp://a/', 'a-:80'])
      assert.equal((await get(target)).status, 400)
    assert.equal((await get(url('/headers'), { on: limited })).status, 403)
    assert.equal((await get(url('/metrics?debug=SECRET'), { on: limited })).status, 200)
    await get('/sd/targets?debug=SECRET', { on: limited })
    assert.doesNotMatch(world.log.join('\n'), /SECRET/)
    // The refusal is that target's, for whoever is to be told of it.
    const own = (await get('/metrics', { on: limited })).body.toString()
    assert.match(own, /^zprom_bridge_requests_total\{service="[^"]+",identity="[^"]+",code="403"\} 1$/m)
  })

  it('refuses a redirect to another host, and hands on one within the target as a path', async () => {
    const away = await get(url('/away'))
    assert.equal(away.status, 502)
    assert.match(away.phrase, /redirects to another host/)
    assert.equal(away.headers.location, undefined)
    const near = await get(url('/near'))
    assert.deepEqual([near.status, near.headers.location], [302, '/metrics'])
  })

  it('refuses an answer that is too large, and cuts off one that does not say so beforehand', async () => {
    assert.match((await get(url('/large'))).phrase, /answers with more than 1000000 bytes/)
    const { response } = await release(url('/', 'held'), 'HTTP/1.1 200 OK\r\n\r\nbegin')
    held.at(-1)?.write('x'.repeat(1_100_000))
    assert.match((await failureOf(bodyOf(response))).message, /aborted/)
  })

  it('says what is wrong with a target that is no HTTP server, or goes away', async () => {
    const talk = async (text: string) => {
      const asking = get(url('/', 'held'))
      const stream = await nextStream()
      stream.end(text)
      return asking
    }
    assert.match((await talk('SSH-2.0-OpenSSH_9.2\r\n\r\n')).phrase, /is not HTTP/)
    const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
    for (const chunks of ['zz\r\n', '6\r\nup2 1\n\r\nzz\r\n']) {
      const { status, phrase } = await talk(`${chunked}${chunks}`)
      assert.equal(status, 502)
      assert.match(phrase, /is not HTTP \(HPE_INVALID_CHUNK_SIZE\)/, chunks)
    }
    const gone = await talk('')
    assert.deepEqual([gone.status, /broke off before it answered/.test(gone.phrase)], [502, true])
  })

  it('says at once of a target that it changes the protocol, whether it says to which or not', async () => {
    for (const more of ['Connection: Upgrade\r\nUpgrade: x\r\n', '']) {
      const began = performance.now()
      const asking = get(url('/', 'held'))
      const stream = await nextStream()
      stream.write(`HTTP/1.1 101 Switching Protocols\r\n${more}\r\n`)
      const { status, phrase } = await asking
      assert.deepEqual([status, /answers 101/.test(phrase)], [502, true], phrase)
      assert.ok(performance.now() - began < 2000)
      await until('the stream is given up', () => stream.closed)
    }
  })

  it('answers 504 before the time-out of the scrape', async () => {
    const headers = { 'X-Prometheus-Scrape-Timeout-Seconds': '1' }
    const { status, phrase } = await get(url('/', 'held'), { headers })
    const { service, identity } = place('held')
    assert.deepEqual([status, phrase], [504, `zprom: ${service} at ${identity}: not done within 700 ms`])
    await until('the stream is closed', () => held.at(-1)?.closed === true)
  })

  it('gives up the stream over the overlay when the client gives up', async () => {
    const asking = begin(url('/', 'held')).on('error', () => undefined)
    asking.end()
    const stream = await nextStream()
    asking.destroy()
    await until('the host is told', () => stream.closed)
    await until('it is counted', async () => /client_aborts_total [1-9]/.test((await get('/metrics')).body.toString()))
  })

  it('keeps the number of streams to one service within its limit', async () => {
    const before = held.length
    const asking = Array.from({ length: 8 }, () => begin(url('/', 'held')).on('error', () => undefined))
    for (const one of asking) one.end()
    await until('all of them are there', () => held.length === before + 8)
    const { status, phrase } = await get(url('/', 'held'))
    assert.deepEqual([status, /8 requests are under way/.test(phrase)], [503, true])
    for (const one of asking) one.destroy()
    await until('they are gone', () => held.slice(before).every(({ closed }) => closed))
    assert.equal((await get(url('/metrics'))).status, 200)
  })

  it('keeps the connection over the overlay for the next scrape of the same target', async () => {
    const { port: on } = await world.bridge({ noSpec: true })
    const dials = async () =>
      /zprom_bridge_dials_total (\d+)/.exec((await get('/metrics', { on })).body.toString())?.[1]
    // More than the ten listeners that Node takes for a leak.
    for (let count = 0; count < 15; count += 1) assert.equal((await get(url('/metrics'), { on })).status, 200)
    assert.equal(await dials(), '1')
    assert.match((await get('/metrics', { on })).body.toString(), /reused_connections_total 14/)
  })

  it('asks once more when the connection that it kept has ended, and keeps none on which something came unasked', async () => {
    const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
    const talk = async (say: (stream: EdgeConnection) => void) => {
      const asking = get(url('/', 'held'))
      say(await nextStream())
      return (await asking).body.toString()
    }
    assert.equal(await talk(stream => stream.write(answer)), 'ok')
    const kept = held.at(-1) ?? assert.fail()
    // Ended without a word before the answer, as one does whose time is over.
    const again = talk(stream => stream.write(answer))
    kept.once('data', () => kept.destroy())
    assert.equal(await again, 'ok')
    const second = held.at(-1) ?? assert.fail()
    assert.notEqual(second, kept)
    second.write('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad')
    await until('it is given up', () => second.closed)
    assert.equal(await talk(stream => stream.end(answer)), 'ok')
    const third = held.at(-1) ?? assert.fail()
    await until('one that the target ended is given up', () => third.closed)
  })

  it('asks over a new connection when the kept one is silent, and then keeps none to that target for a while', async () => {
    const { port: on } = await world.bridge({ noSpec: true })
    const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
    const talk = async () => {
      const asking = get(url('/', 'held'), { on })
      const stream = await nextStream()
      stream.write(answer)
      assert.equal((await asking).body.toString(), 'ok')
      return stream
    }
    const kept = await talk()
    // As behind a tunneler that does not pass on that the target has ended its side.
    const next = await talk()
    await until('the silent one is given up', () => kept.closed)
    assert.notEqual(next, kept)
    await until('the new one was not kept', () => next.closed)
    assert.notEqual(await talk(), next)
  })

  it('answers many requests for different targets over one connection', async () => {
    const socket = connect(port, '127.0.0.1')
    const host = (target: string) => new URL(target).host
    const [one, other] = [url('/metrics'), 'http://no.such-x:80/']
    for (const target of [one, other, one]) socket.write(`GET ${target} HTTP/1.1\r\nHost: ${host(target)}\r\n\r\n`)
    let text = ''
    socket.setEncoding('utf8').on('data', piece => {
      text += piece
    })
    await until(
      'three answers came',
      () => (text.match(/^HTTP\/1\.1 /gm) ?? []).length === 3 && text.split('a_total').length === 3,
    )
    assert.deepEqual(text.match(/^HTTP\/1\.1 \d+/gm), ['HTTP/1.1 200', 'HTTP/1.1 502', 'HTTP/1.1 200'])
    socket.destroy()
  })

  it('lets a request under way end when it is stopped, and takes no new one', async () => {
    const bridge = await world.bridge({ noSpec: true })
    const asking = get(url('/', 'held'), { on: bridge.port })
    const stream = await nextStream()
    const closing = bridge.close(20_000)
    assert.match((await failureOf(get(url('/metrics'), { on: bridge.port }))).message, /ECONNREFUSED/)
    stream.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    assert.equal((await asking).body.toString(), 'ok')
    await closing
  })

  it('cuts a request off that does not end in time when it is stopped', async () => {
    const bridge = await world.bridge({ noSpec: true })
    const asking = failureOf(get(url('/', 'held'), { on: bridge.port }))
    const stream = await nextStream()
    await bridge.close(10)
    assert.match((await asking).message, /hang up|ECONNRESET/)
    await until('the host is told', () => stream.closed)
  })

  it('lists targets, and knows no other Prometheus than those of the spec', async () => {
    const { word } = world
    const list = async (path: string, on: number) => {
      const { status, body } = await get(path, { on })
      assert.equal(status, 200, body.toString())
      return (JSON.parse(body.toString()) as { targets: string[] }[]).flatMap(({ targets }) => targets)
    }
    const text = (workload: string) => `${place(workload).service}-${place(workload).identity}:80`
    assert.deepEqual((await list('/sd/targets', port)).sort(), [text('held'), text('reflect')])
    assert.deepEqual(await list(`/sd/${word}`, limited), [text('reflect'), text('held')])
    assert.deepEqual(await list(`/sd/${word}/federate`, limited), [])
    assert.equal((await get('/sd/stranger', { on: limited })).status, 404)
    assert.equal((await get('/elsewhere', { on: limited })).status, 404)
    assert.deepEqual([(await get('/-/healthy')).status, (await get('/-/ready')).status], [200, 200])
  })

  it('lists nothing while a spec that it has read is gone, empty or wrong, and says so', async () => {
    const { specPath, log } = world
    const { port: on } = await world.bridge()
    const text = await readFile(specPath, 'utf8')
    const said = async () => {
      const { status, body } = await get('/sd/targets', { on })
      return `${status} ${body}`
    }
    const ready = async () => (await get('/-/ready', { on })).body.toString()
    const reads = () => until('it is read again', async () => (await said()).startsWith('200'))
    await reads()
    for (const [change, told] of [
      [() => rm(specPath), /zprom\.yaml:1:1 the file is gone/],
      [() => writeFile(specPath, '\n'), /the file is empty now/],
      [() => writeFile(specPath, 'clusters: 5\n'), /clusters/],
    ] as const) {
      log.length = 0
      await change()
      await until('the list is refused', async () => (await said()).startsWith('500'))
      assert.match(await said(), told)
      assert.match(await ready(), /the spec can't be read: /)
      assert.match(await ready(), told)
      assert.match(log.find(line => line.includes('warning')) ?? '', told)
      const { status, phrase } = await get('http://no.such:80/', { on })
      assert.equal(status, 500)
      assert.match(phrase, told)
      await writeFile(specPath, text)
      await reads()
    }
    assert.match((await get('/metrics', { on })).body.toString(), /failures_total\{reason="spec"\} 3/)
  })

  it('shows nothing but its health to who asks by a name that may be led here, unless with the token', async () => {
    const token = 'a-token-of-some-length'
    const headers = { host: 'attacker.example' }
    for (const path of ['/metrics', '/sd/targets', '/sd/x'])
      assert.equal((await get(path, { headers })).status, 403, path)
    assert.equal((await get('/-/healthy', { headers })).status, 200)
    assert.equal((await get('/sd/targets', { headers: { host: 'localhost:1' } })).status, 200)
    const { port: on } = await world.bridge({ token })
    const authorization = `Bearer ${token}`
    assert.equal((await get('/sd/targets', { on, headers: { ...headers, authorization } })).status, 200)
  })

  it('shows nothing but its health without the token', async () => {
    const token = 'a-token-of-some-length'
    const { port: on } = await world.bridge({ token })
    for (const path of ['/metrics', '/sd/targets', '/sd/x']) assert.equal((await get(path, { on })).status, 401, path)
    assert.equal((await get('/-/healthy', { on })).status, 200)
    const headers = { authorization: `Bearer ${token}` }
    assert.equal((await get('/sd/targets', { on, headers })).status, 200)
    const { status, headers: said } = await get(url('/metrics'), { on, headers })
    assert.deepEqual([status, said['proxy-authenticate']], [407, 'Basic realm="zprom"'])
    assert.ok(!world.log.join('\n').includes(token))
  })

  async function nextStream(): Promise<EdgeConnection> {
    const before = held.length
    await until('the host has the call', () => held.length > before)
    return held.at(-1) ?? assert.fail()
  }

  async function release(target: string, head: string) {
    const asking = begin(target)
    const coming = new Promise<IncomingMessage>((resolve, reject) => asking.on('response', resolve).on('error', reject))
    asking.end()
    const stream = await nextStream()
    stream.write(head)
    return { response: await coming }
  }
})

type Options = { readonly on?: number; readonly method?: string; readonly headers?: Readonly<Record<string, string>> }

function answerOf(asking: ClientRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    asking.on('error', reject)
    asking.on('response', response => {
      const { statusCode: status = 0, statusMessage: phrase = '', headers } = response
      bodyOf(response).then(body => resolve({ status, phrase, headers, body }), reject)
    })
    asking.end()
  })
}

async function bodyOf(response: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of response) pieces.push(piece)
  return Buffer.concat(pieces)
}
