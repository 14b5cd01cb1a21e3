import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect as connectTcp } from 'node:net'
import { join } from 'node:path'
import { bin, newPerson, type Person } from '../support/cli.js'
import { assertEnded } from '../support/cli-world.js'
import { canStartOverlays, freshOverlay, type TestOverlay } from '../support/overlay.js'
import { requires } from '../support/requires.js'
import { noteOutput } from '../support/secrets.js'
import { until } from '../support/world-checks.js'

describe('the overlay from the command line', function () {
  this.timeout(60_000)
  let overlay: TestOverlay | undefined
  let person: Person
  let backend: Server
  const running: ChildProcess[] = []
  const body = randomBytes(300_000)

  before(async function () {
    this.timeout(150_000)
    requires(this, canStartOverlays(), 'needs an empty controller of its own')
    overlay = await freshOverlay()
    person = await newPerson(overlay)
    await person.write(
      'zprom.yaml',
      'clusters:\n  - {name: a, prometheus: tunneled}\n  - {name: b, prometheus: dark}\ndevelopers:\n  - {name: dev, enroll: true}\n' +
        'targets:\n  - {name: far, address: "far.example:9100", hostedBy: a.reflect.id}\n',
    )
    await person.ok(['apply', '--yes'])
    backend = createServer((_, response) => response.end(body))
    await new Promise<void>(resolve => backend.listen(0, '127.0.0.1', resolve))
  })
  after(async () => {
    backend?.close()
    await overlay?.stop()
    await person?.leave()
  })
  afterEach(async () => {
    await Promise.all(running.splice(0).map(end))
  })
  const port = () => (backend.address() as AddressInfo).port

  // One that stays until it is interrupted; all that it said so far.
  const start = (...args: string[]) => {
    const child = spawn(process.execPath, [bin, ...args], { cwd: person.folder, env: person.env })
    running.push(child)
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', text => {
        said += text
      })
    child.on('close', () => noteOutput(`zprom ${args.join(' ')}`, said))
    const says = (pattern: RegExp) =>
      until(`${args.join(' ')} says ${pattern}`, () => {
        assert.equal(child.exitCode, null, said)
        return pattern.test(said)
      })
    return { child, says, said: () => said }
  }
  const end = async (child: ChildProcess) => {
    if (child.exitCode !== null) return child.exitCode
    const ended = new Promise<number | null>(resolve => child.once('close', resolve))
    child.kill('SIGINT')
    return ended
  }
  const connect = (input: string | Buffer, ...args: string[]) =>
    new Promise<{ code: number | null; out: Buffer; err: string }>(resolve => {
      const child = spawn(process.execPath, [bin, 'connect', ...args], { cwd: person.folder, env: person.env })
      const out: Buffer[] = []
      let err = ''
      child.stdout.on('data', piece => out.push(piece))
      child.stderr.setEncoding('utf8').on('data', text => {
        err += text
      })
      child.on('close', code => {
        noteOutput(`zprom connect ${args.join(' ')}`, err)
        resolve({ code, out: Buffer.concat(out), err })
      })
      child.stdin.end(input)
    })
  const get = (address: number) =>
    new Promise<Buffer>((resolve, reject) => {
      const socket = connectTcp(address, '127.0.0.1', () => socket.write('GET / HTTP/1.0\r\n\r\n'))
      const pieces: Buffer[] = []
      socket.on('data', piece => pieces.push(piece))
      socket.on('close', () => resolve(Buffer.concat(pieces)))
      socket.on('error', reject)
    })

  it("talks to the article's workload as netcat does, by name, by address and by what the spec calls it", async () => {
    const host = start('host', 'reflect', '--as', 'a.reflect.id')
    await host.says(/hosting a\.reflect\.scrape\.svc/)
    for (const word of ['a.reflect.svc', 'a.reflect.svc.ziti', 'A.reflect.svc.ziti:80']) {
      const { code, out, err } = await connect('kubeA reflect test\nanother', word)
      assert.equal(out.toString(), 'you sent me: kubeA reflect test\nyou sent me: another\n', word)
      assert.deepEqual([code, err], [0, ''], word)
    }
    for (const word of ['a.reflect', 'a.reflect.scrape.svc', 'a.reflect.scrape.svc-a.reflect.id']) {
      const { out, err } = await connect('GET /metrics HTTP/1.0\r\n\r\n', word)
      assert.equal(err, word === 'a.reflect' ? 'a.reflect: a.reflect.scrape.svc\n' : '', word)
      assert.match(out.toString(), /^reflect_total_connections 3$/m, word)
      assert.match(out.toString(), /^process_cpu_seconds_total /m, word)
    }
    const { code, out, err } = await connect('hello\n', 'a.reflect')
    assert.match(out.toString(), /^HTTP\/1\.1 400 Bad Request\r\n/)
    assert.deepEqual([code, err], [0, 'a.reflect: a.reflect.scrape.svc\n'])
    await end(host.child)
    assert.match((await connect('x', 'a.reflect.svc')).err, /a\.reflect\.svc: nothing hosts it/)
  })

  it('offers a port as a service, byte for byte, and has another port lead to it', async () => {
    const host = start(
      'host',
      'tcp',
      'b.prometheus.svc',
      '--to',
      `127.0.0.1:${port()}`,
      '--as',
      'b.prometheus.id',
      '--terminator',
      'b.prometheus.id',
    )
    await host.says(/hosting b\.prometheus\.svc/)
    const { out } = await connect('GET / HTTP/1.0\r\n\r\n', 'b.prometheus')
    assert.ok(out.subarray(-body.length).equals(body))
    const proxy = start('proxy', 'b.prometheus.svc')
    await proxy.says(/leads to b\.prometheus\.svc/)
    const [, local] = /127\.0\.0\.1:(\d+) leads/.exec(proxy.said()) ?? []
    const answers = await Promise.all([1, 2, 3].map(() => get(Number(local))))
    for (const answer of answers) assert.ok(answer.subarray(-body.length).equals(body))
    assert.equal(await end(proxy.child), 0)
    await assert.rejects(get(Number(local)), /ECONNREFUSED/)
    const open = start('open', 'b.prometheus.svc', '--print')
    await open.says(/^http:\/\/127\.0\.0\.1:\d+\/$/m)
    assert.equal(await end(open.child), 0)
    assert.equal(await end(host.child), 0)
  })

  it('offers what a host.v1 config says, with the place that it names somewhere else', async () => {
    const as = ['--as', 'a.reflect.id', '--connect-to']
    const host = start('host', 'tcp', '--all', ...as, `FAR.example:9100=127.0.0.1:${port()}`)
    await host.says(/hosting far\.svc/)
    const { out } = await connect('GET / HTTP/1.0\r\n\r\n', 'far.svc')
    assert.ok(out.subarray(-body.length).equals(body))
    assert.equal(await end(host.child), 0)
    const other = start('host', 'tcp', 'far.svc', ...as, `far.example:80=127.0.0.1:${port()}`)
    await other.says(/hosting far\.svc/)
    assert.match(other.said(), /warning: far\.svc: its host\.v1 config leads to far\.example:9100, and nothing is said/)
    assert.match((await connect('x', 'far.svc')).err, /far\.example:9100: /)
  })

  it('tells whoever calls why the port behind a service did not answer', async () => {
    const host = start('host', 'tcp', 'b.prometheus.svc', '--to', '127.0.0.1:1', '--as', 'b.prometheus.id')
    await host.says(/hosting/)
    const { code, err } = await connect('x', 'b.prometheus.svc')
    assert.equal(code, 5, err)
    assert.match(err, /127\.0\.0\.1:1: can't connect \(ECONNREFUSED\)/)
  })

  it('logs in by OIDC where a flag says so, or the environment, to which the flag can say no', async () => {
    const offersIt = overlay?.line !== '0.28'
    const host = start('host', 'reflect', '--as', 'a.reflect.id', ...(offersIt ? ['--oidc'] : []))
    await host.says(/hosting a\.reflect\.scrape\.svc/)
    const run = (ZPROM_OIDC: string | undefined, ...flags: string[]) =>
      person.run(['connect', 'a.reflect.svc', ...flags], { env: { ZPROM_OIDC } })
    for (const ran of [await run(undefined, '--oidc'), await run('1')])
      offersIt ? assertEnded(ran, 0) : assertEnded(ran, 5, /does not offer OIDC/)
    for (const ran of [await run('1', '--no-oidc'), await run('0'), await run(undefined)]) assertEnded(ran, 0)
    await end(host.child)
  })

  it('ends with a clear error for what is not there, may not be, or is not said', async () => {
    const run = (...args: string[]) => person.run(args)
    assertEnded(
      await run('connect', 'nope'),
      5,
      /nope: this identity may dial no such service/,
      /it may dial a\.prometheus\.svc/,
    )
    assertEnded(await run('connect', 'a.reflect.svc', '--as', 'who'), 2, /--as who: the spec has no such identity/)
    assertEnded(
      await run('connect', 'a.reflect.svc', '--identity-file', 'no.json'),
      8,
      /no\.json: there is no such identity file/,
    )
    assertEnded(await run('host', 'tcp'), 2, /name one service, or say --all/)
    assertEnded(await run('host', 'tcp', 'a.reflect.svc', '--to', 'x'), 2, /--to x: it is HOST:PORT/)
    for (const word of ['x:1', 'x:1=', 'x:1=y:2=z:3', 'x=y:2', 'x:1=y'])
      assertEnded(await run('host', 'tcp', 'far.svc', '--connect-to', word), 2, /--connect-to .*: it is HOST:PORT/)
    assertEnded(await run('host', 'tcp', 'far.svc', '--to', 'x:1', '--connect-to', 'x:1=y:2'), 2, /--to/)
    const token = 'zprom-out/a/a.ziti.id.jwt'
    assertEnded(
      await run('host', 'tcp', '--all', '--as', 'a.ziti.id'),
      2,
      /--as a\.ziti\.id: its identity file is not here, only its one-time token, zprom-out\/a\/a\.ziti\.id\.jwt$/m,
      /hand that to ziti-host .*: ziti edge enroll --jwt (zprom-out\/a\/a\.ziti\.id)\.jwt --out \1\.json, and --identity-file \1\.json; zprom holds files of: /,
    )
    await rm(join(person.folder, token))
    assertEnded(
      await run('host', 'tcp', '--all', '--as', 'a.ziti.id'),
      2,
      /--as a\.ziti\.id: its identity file is not here$/m,
    )
    assertEnded(await run('host', 'reflect', '--as', 'dev'), 2, /dev is no workload of a cluster/)
    assertEnded(await run('proxy'), 2, /services/)
    assertEnded(await run('proxy', `a.reflect.svc:${port()}`), 8, /can't be listened on: .*EADDRINUSE/)
  })
})
