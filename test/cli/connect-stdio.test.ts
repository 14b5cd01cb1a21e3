import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Person } from '../support/cli.js'
import { startZprom, stopAll } from '../support/cli-running.js'
import { leadThrough, openTunnel } from '../support/cli-tunnel.js'
import { assertEnded, useWorld } from '../support/cli-world.js'
import { until } from '../support/world-checks.js'

const spec = `clusters:
  - {name: kubeA, prometheus: dark}
developers:
  - {name: dev.client, enroll: true}
  - {name: dev.token}
`

describe('zprom connect', function () {
  this.timeout(60_000)
  const world = useWorld({ keepPeople: true })
  let person: Person
  before(async () => {
    person = await world.worker()
    await person.write('zprom.yaml', spec)
    await person.ok(['apply', '--yes'])
  })
  afterEach(stopAll)
  const reflect = async () => {
    const host = startZprom(person, ['host', 'reflect', '--as', 'kubeA.reflect.id'])
    await host.untilSaid(/hosting kubeA\.reflect\.svc .*[\s\S]*hosting kubeA\.reflect\.scrape\.svc /)
    return host
  }
  const exchange = async (bytes: Buffer | string, ...args: string[]) => {
    const client = startZprom(person, ['connect', ...args])
    client.child.stdin.end(bytes)
    const ran = await client.ended
    assert.equal(ran.code, 0, ran.stderr)
    return client.bytes()
  }

  it('sends stdin to the reflect service and prints its answers, and nothing else', async () => {
    const host = await reflect()
    for (const place of [
      'kubeA.reflect.svc',
      'kubeA.reflect.svc.ziti',
      'KUBEA.reflect.svc.ziti:80',
      'kubeA.reflect.svc-',
    ])
      assert.equal((await exchange('one\ntwo', place)).toString(), 'you sent me: one\nyou sent me: two\n', place)
    assert.equal((await host.stop()).code, 0)
  })

  it('answers while stdin is open, and ends with 130 at Ctrl-C, quietly', async () => {
    await reflect()
    const client = startZprom(person, ['connect', 'kubeA.reflect.svc'])
    client.child.stdin.write('first\n')
    await client.untilSaid(/^you sent me: first\n$/)
    client.child.stdin.write('second\n')
    await client.untilSaid(/second\n$/)
    assertEnded(await client.stop(), 130)
    assert.equal(client.stderr(), '')
  })

  it('asks for the terminator that the config names: the metrics of the workload', async () => {
    await reflect()
    const request = 'GET /any HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'
    await exchange('x\n', 'kubeA.reflect.svc')
    const answers = [
      await exchange(request, 'kubeA.reflect.scrape.svc'),
      await exchange(request, 'kubeA.reflect.scrape.svc.ziti:80', '--as', 'kubeA.prometheus.id'),
      await exchange(request, 'kubeA.reflect.scrape.svc-kubeA.reflect.id'),
      await exchange(request, 'kubeA.reflect.scrape.svc', '--identity', 'kubeA.reflect.id'),
    ]
    for (const answer of answers)
      assert.match(answer.toString(), /^HTTP\/1\.1 200 OK\r\n[\s\S]*\nreflect_total_connections 1\n/)
    assert.match(answers[0]?.toString() ?? '', /content-type: text\/plain; version=0\.0\.4/)
    assert.match(answers[0]?.toString() ?? '', /^process_cpu_seconds_total /m)
  })

  it('is binary safe, ends when the other side does, and passes the end of stdin on', async () => {
    const seen: Buffer[] = []
    const server = createServer({ allowHalfOpen: true }, socket => {
      socket.on('data', piece => seen.push(piece)).on('end', () => socket.end(Buffer.concat(seen)))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const to = `127.0.0.1:${(server.address() as { port: number }).port}`
    const host = startZprom(person, ['host', 'tcp', 'kubeA.reflect.svc', '--to', to, '--as', 'kubeA.reflect.id'])
    await host.untilSaid(/hosting/)
    const bytes = randomBytes(300_000)
    assert.ok((await exchange(bytes, 'kubeA.reflect.svc')).equals(bytes))
    server.removeAllListeners('connection').on('connection', socket => socket.end('bye'))
    const open = startZprom(person, ['connect', 'kubeA.reflect.svc'])
    assert.deepEqual([(await open.ended).code, open.stdout()], [0, 'bye'])
    server.close()
  })

  it('ends quietly when the reader of its stdout leaves', async () => {
    await reflect()
    const client = startZprom(person, ['connect', 'kubeA.reflect.svc'])
    client.child.stdout.destroy()
    client.child.stdin.write('a\n')
    const { code, stderr } = await client.ended
    assert.deepEqual([code, stderr], [0, ''])
  })

  it('ends with 5 and says why when nothing hosts it, or the identity may not dial it', async () => {
    assertEnded(
      await person.run(['connect', 'kubeA.reflect.svc']),
      5,
      /^Error: kubeA\.reflect\.svc: nothing hosts it$/m,
    )
    assertEnded(
      await person.run(['connect', 'kubeA.reflect.svc', '--identity', 'x']),
      5,
      /kubeA\.reflect\.svc at x: nothing hosts it/,
    )
    assertEnded(
      await person.run(['connect', 'nowhere']),
      5,
      /^Error: nowhere: this identity may dial no such service\n {2}it may dial kubeA\.prometheus\.svc, kubeA\.reflect\.scrape\.svc, kubeA\.reflect\.svc$/m,
    )
    assertEnded(
      await person.run(['connect', 'kubeA.reflect.svc', '--as', 'kubeA.reflect.id']),
      5,
      /the identity may host it, but not dial it/,
    )
  })

  it('ends with 2 when it is not clear as whom, and lists who is here', async () => {
    const named = await person.run(['connect', 'kubeA.reflect.svc', '--as', 'dev'])
    const here = /zprom holds files of: kubeA\.prometheus\.id, kubeA\.reflect\.id, dev\.client$/m
    assertEnded(named, 2, /--as dev: the spec has no such identity/, here)
    const away = await person.run(['connect', 'kubeA.reflect.svc', '--as', 'dev.token'])
    assertEnded(
      away,
      2,
      /--as dev\.token: its identity file is not here/,
      /zprom dev-identity dev\.token --enroll/,
      here,
    )
    const stranger = await world.worker()
    await stranger.write('zprom.yaml', spec)
    assertEnded(
      await stranger.run(['connect', 'kubeA.reflect.svc']),
      2,
      /^Error: which identity is to dial\? none of the spec is meant for it and has its file here$/m,
      /--as NAME, or --identity-file; no identity file is here yet/,
    )
  })

  it('takes an identity file from elsewhere, without a spec', async () => {
    await reflect()
    const file = ['--identity-file', 'zprom-out/developers/dev.client.json', '--spec', 'none.yaml']
    assert.equal((await exchange('hi', 'kubeA.reflect.svc', ...file)).toString(), 'you sent me: hi\n')
    assertEnded(
      await person.run(['connect', 'x', '--identity-file', 'no.json']),
      8,
      /no\.json: there is no such identity file/,
    )
  })

  it('ends soon at Ctrl-C also when the controller does not answer', async () => {
    const tunnel = await openTunnel(world.overlay.url)
    tunnel.hold()
    await leadThrough(tunnel, person, 'zprom-out/developers/dev.client.json', 'held.json')
    const client = startZprom(person, ['connect', 'kubeA.reflect.svc', '--identity-file', 'held.json'])
    await until('it has asked', () => tunnel.connections() > 0)
    const started = Date.now()
    assertEnded(await client.stop(), 130)
    assert.ok(Date.now() - started < 8000)
    await tunnel.close()
  })
})
