import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { deriveKeys, makeKeyPair } from '../../src/edge/crypto.js'
import { EdgeError, openOverlay } from '../../src/edge/index.js'
import { loadSecretStreams } from '../../src/edge/secret-stream.js'
import type { Message } from '../../src/edge/wire.js'
import {
  apiOf,
  type Guest,
  greet,
  int,
  type Manners,
  type StrangeRouter,
  startStrangeRouter,
} from '../support/strange-router.js'
import { failureOf, until } from '../support/world-checks.js'

const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl'
const stepMs = 600

describe('a router that is none, or a hostile one', function () {
  this.timeout(20_000)
  let routers: StrangeRouter[] = []
  let ends: (() => Promise<void>)[] = []
  afterEach(async () => {
    await Promise.all(ends.map(end => end()))
    await Promise.all(routers.map(router => router.close()))
    ;[routers, ends] = [[], []]
  })

  const openTo = async (manners: Manners, { encrypted = false, trusting = true } = {}) => {
    const router = await startStrangeRouter(manners)
    const other = trusting ? router : await startStrangeRouter({})
    routers.push(...new Set([router, other]))
    const service = {
      id: 's',
      name: 'svc',
      encryptionRequired: encrypted,
      permissions: ['Dial' as const],
      intercepts: [],
      host: undefined,
    }
    const makeApi = () => apiOf([router.url], service)
    const overlay = openOverlay({ makeApi, credentials: other.credentials, timeoutMs: stepMs })
    ends.push(() => overlay.close())
    return { overlay, router }
  }
  // Each ends within the two steps that a connection has at most, tried twice.
  const refusalBy = async (manners: Manners, options?: { encrypted?: boolean; trusting?: boolean }) => {
    const { overlay, router } = await openTo(manners, options)
    const began = process.hrtime.bigint()
    const error = await failureOf(overlay.dial('svc'))
    const tookMs = Number(process.hrtime.bigint() - began) / 1e6
    assert.ok(error instanceof EdgeError, error.stack)
    assert.ok(tookMs < 4 * stepMs + 2000, `${tookMs} ms`)
    assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), /PRIVATE KEY|eyJ|api-token|service-token/)
    return { error, fault: error.fault, message: error.message, router }
  }
  const afterHello = (more: (message: Message, guest: Guest) => void): Manners => ({
    onMessage: (message, guest) => (message.type === 0 ? greet(message, guest) : more(message, guest)),
  })
  const connected = (message: Message, ...headers: [number, Buffer][]): [number, Buffer][] => [
    [1, int(message.sequence)],
    [1000, message.headers.get(1000) ?? int(0)],
    ...headers,
  ]

  it('that speaks HTTP is named as what it is not', async () => {
    const { fault, message } = await refusalBy({
      onConnect: ({ socket }) => void socket.write('HTTP/1.1 400 Bad\r\n\r\n'),
    })
    assert.equal(fault, 'protocol')
    assert.match(message, /no OpenZiti edge router/)
  })

  it('that does not know this version of the protocol says so', async () => {
    const answer = Buffer.from('0306090a020000000100000002000000', 'hex')
    const { fault, message } = await refusalBy({ onMessage: (_, { socket }) => void socket.end(answer) })
    assert.equal(fault, 'protocol')
    assert.match(message, /this version/)
  })

  it('that announces a message of two gigabytes is not waited for', async () => {
    const huge = Buffer.concat([Buffer.from('0306090c', 'hex'), int(2), int(-1), int(0), int(0x7fff_ffff)])
    const { fault } = await refusalBy({ onConnect: ({ socket }) => void socket.write(huge) })
    assert.equal(fault, 'protocol')
  })

  it('that stops in the middle of a message, or says nothing at all, ends in a time-out', async () => {
    const half = Buffer.concat([Buffer.from('0306090c', 'hex'), int(2)])
    assert.equal((await refusalBy({ onMessage: (_, { socket }) => void socket.write(half) })).fault, 'timeout')
    assert.equal((await refusalBy({ onMessage: () => undefined })).fault, 'timeout')
    assert.equal((await refusalBy({ plain: true })).fault, 'timeout')
  })

  it('that closes in the middle of a message can be told from a refusal', async () => {
    const { fault } = await refusalBy({
      onConnect: ({ socket }) => void socket.end(Buffer.from('0306090c0200', 'hex')),
    })
    assert.equal(fault, 'unreachable')
  })

  it('whose certificate is of another CA is not spoken to', async () => {
    const { fault, message } = await refusalBy({}, { trusting: false })
    assert.equal(fault, 'unreachable')
    assert.match(message, /can't connect \(\w+\)/)
  })

  it('that refuses the hello is quoted, without tokens', async () => {
    const refuse = (message: Message, guest: Guest) =>
      guest.say(
        2,
        [
          [1, int(message.sequence)],
          [2, Buffer.from([0])],
        ],
        Buffer.from(`not with ${jwt}`),
      )
    const { fault, message } = await refusalBy({ onMessage: refuse })
    assert.equal(fault, 'session')
    assert.match(message, /refused the channel: not with …/)
  })

  it('that acknowledges the hello and closes is tried with a new session, and three times at most', async () => {
    const { fault, message, router } = await refusalBy(afterHello((_, { socket }) => void socket.destroy()))
    assert.equal(fault, 'session')
    assert.match(message, /did not accept the API session/)
    assert.equal(router.connections(), 3)
  })

  it('that never answers a dial ends in a time-out, which is for all of it', async () => {
    const { overlay } = await openTo(afterHello(() => undefined))
    const error = await failureOf(overlay.dial('svc', { timeoutMs: 300 }))
    assert.ok(error instanceof EdgeError && error.fault === 'timeout', error.stack)
  })

  it('that answers a dial with something else, or with a reason, is quoted without tokens', async () => {
    const something = await refusalBy(afterHello((message, guest) => guest.say(1, connected(message))))
    assert.equal(something.fault, 'host')
    const reason =
      'exceeded maximum [2] retries (with token 6f1cf6a5-31b5-4b39-8d37-0f5cf2d2ee0c. error: (backend is down))'
    const { fault, message } = await refusalBy(
      afterHello((asked, guest) => guest.say(60785, connected(asked), Buffer.from(reason))),
    )
    assert.equal(fault, 'host')
    assert.match(message, /backend is down/)
  })

  it('cannot talk a service out of its encryption', async () => {
    const keys = [undefined, Buffer.alloc(32), Buffer.alloc(31, 9), Buffer.alloc(33, 9)]
    for (const key of keys) {
      const answer = afterHello((message, guest) => {
        if (message.type === 60783)
          guest.say(60784, connected(message, ...(key === undefined ? [] : [[1003, key] as [number, Buffer]])))
      })
      assert.equal((await refusalBy(answer, { encrypted: true })).fault, 'encryption', key?.toString('hex') ?? 'no key')
    }
  })

  it('cannot put words into an encrypted connection: no plain text, nothing changed, nothing twice', async () => {
    const { sealer } = await loadSecretStreams()
    const pair = makeKeyPair()
    const wrongs: Readonly<Record<string, (seal: (text: string) => Buffer, header: Buffer) => Buffer[]>> = {
      plain: () => [Buffer.from('hello')],
      'plain as long as a header': () => [Buffer.alloc(24), Buffer.from('hello')],
      changed: (seal, header) => [header, Buffer.from(seal('one').map((byte, at) => (at === 3 ? byte ^ 1 : byte)))],
      twice: (seal, header) => {
        const one = seal('one')
        return [header, one, one]
      },
    }
    for (const [what, make] of Object.entries(wrongs)) {
      const { overlay } = await openTo(
        afterHello((message, guest) => {
          if (message.type !== 60783) return
          const caller = message.headers.get(1003) ?? Buffer.alloc(0)
          const { header, seal } = sealer(deriveKeys(pair, caller, 'server').send)
          guest.say(60784, connected(message, [1003, pair.publicKey]))
          const at: [number, Buffer][] = [[1000, message.headers.get(1000) ?? int(0)]]
          for (const body of make(text => seal(Buffer.from(text)), header)) guest.say(60786, at, body)
        }),
        { encrypted: true },
      )
      const run = overlay.dial('svc').then(async connection => {
        for await (const _ of connection);
      })
      const error = await failureOf(run)
      assert.ok(error instanceof EdgeError && error.fault === 'encryption', `${what}: ${error.stack}`)
    }
  })

  it('that floods a call before it answers it is not read beyond a limit', async () => {
    let sent = 0
    const piece = Buffer.alloc(64 * 1024)
    const { overlay } = await openTo(
      afterHello((message, guest) => {
        const more = () => {
          while (guest.socket.writableLength === 0 && sent < 256 * 1024 * 1024) {
            sent += piece.length
            guest.say(60786, [[1000, message.headers.get(1000) ?? int(0)]], piece)
          }
        }
        guest.socket.on('drain', more)
        more()
      }),
    )
    const error = await failureOf(overlay.dial('svc', { timeoutMs: 2000 }))
    assert.ok(error instanceof EdgeError && error.fault === 'timeout', error.stack)
    assert.ok(sent < 128 * 1024 * 1024, `${sent} bytes`)
  })

  it('is answered what it may ask, and the rest of what it says is passed over', async () => {
    const answers: Message[] = []
    const probe = Buffer.from('probe-it')
    const { overlay } = await openTo(
      afterHello((message, guest) => {
        if (message.type !== 60783) return void answers.push(message)
        guest.say(3, [[128, probe]])
        guest.say(60798, [[1000, int(4711)]])
        guest.say(1, [[5, probe]])
        guest.say(4242, [[1000, int(1)]], Buffer.from('what is that?'))
        guest.say(60786, [], Buffer.from('for nobody'))
        guest.say(60784, connected(message))
      }),
    )
    const connection = await overlay.dial('svc')
    await until('all three were answered', () => answers.length === 3)
    const [latency, inspected, heartbeat] = answers
    assert.deepEqual([latency?.type, latency?.headers.get(128), latency?.headers.get(2)], [2, probe, Buffer.from([1])])
    assert.deepEqual([inspected?.type, inspected?.headers.get(1022)], [60799, Buffer.from([0])])
    assert.deepEqual([heartbeat?.type, heartbeat?.headers.get(6)], [5, probe])
    connection.destroy()
  })

  it('cannot make a host take a call with another token, without an id of its own, or without encryption', async () => {
    const answers: string[] = []
    let calls = 0
    const { overlay } = await openTo(
      afterHello((message, guest) => {
        if (message.type === 60789) return void answers.push(message.body.toString())
        if (message.type !== 60790) return
        guest.say(60784, connected(message))
        const id = message.headers.get(1000) ?? int(0)
        const call = (body: string, ...headers: [number, Buffer][]) =>
          guest.say(60787, [[1000, id], ...headers], Buffer.from(body))
        call('another token', [1012, int(-5)])
        call('service-token')
        call('service-token', [1012, id])
        call('service-token', [1012, int(-5)])
        call('service-token', [1012, int(-5)], [1003, Buffer.alloc(32)])
      }),
      { encrypted: true },
    )
    const hosting = await overlay.host('svc', {}, () => void calls++)
    await until('all five were answered', () => answers.length === 5)
    assert.equal(calls, 0)
    assert.deepEqual(answers.sort(), [
      'encryption required',
      'invalid token',
      'the other side sent a public key that is none',
      'the router gave no free connection id',
      'the router gave no free connection id',
    ])
    await hosting.close()
  })
})
