import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { deriveKeys, makeKeyPair } from '../../src/edge/crypto.js'
import { EdgeError } from '../../src/edge/index.js'
import { loadSecretStreams } from '../../src/edge/secret-stream.js'
import { encodeMessage, type Message } from '../../src/edge/wire.js'
import { afterHello, connected, newStrangers } from '../support/strange-calls.js'
import { type Guest, int } from '../support/strange-router.js'
import { failureOf, until } from '../support/world-checks.js'

const mebi = 1024 * 1024

// What a router may ask of a channel, of nobody's connection and of an offer, and a call that is refused.
const questions: Readonly<Record<string, (offer: Buffer) => Buffer>> = {
  latency: () => encoded(3, [[128, Buffer.alloc(1000)]]),
  heartbeat: () => encoded(1, [[5, Buffer.alloc(8)]]),
  'a connection that is none': () => encoded(60798, [[1000, int(4711)]]),
  'an offer': offer => encoded(60798, [[1000, offer]]),
  'a call with a wrong token': offer => encoded(60787, [[1000, offer]], Buffer.from('wrong')),
}

describe('a hostile router, with a call', function () {
  this.timeout(20_000)
  const { openTo, refusalBy, end } = newStrangers()
  afterEach(end)

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

  it('that floods a call with messages that hold nothing is not read beyond a limit', async () => {
    const flood = { sent: 0, isOver: false }
    const { overlay } = await openTo(
      afterHello((message, guest) => {
        if (message.type === 60783) pour(guest, frame(message, Buffer.alloc(0)), flood)
      }),
    )
    const error = await failureOf(overlay.dial('svc', { timeoutMs: 4000 }))
    assert.ok(error instanceof EdgeError && error.fault === 'timeout', error.stack)
    assert.ok(flood.sent < 16 * mebi, `${flood.sent} bytes`)
  })

  it('that floods a reader with single bytes is not read beyond a limit, and then on from there', async () => {
    const flood = { sent: 0, isOver: false }
    let length = 0
    const { overlay } = await openTo(
      afterHello((message, guest) => {
        if (message.type !== 60783) return
        guest.say(60784, connected(message))
        const one = frame(message, Buffer.from('x'))
        length = one.length
        pour(guest, one, flood)
      }),
    )
    const connection = await overlay.dial('svc')
    let before = 0
    await until('it is not read any more', async () => {
      const isStill = flood.sent === before && before > 0
      before = flood.sent
      await sleep(500)
      return isStill
    })
    assert.ok(flood.sent < 16 * mebi, `${flood.sent} bytes`)
    flood.isOver = true
    let received = 0
    connection.on('data', piece => {
      received += piece.length
    })
    await until('all of it was read', () => received === flood.sent / length)
    connection.destroy()
  })

  for (const [what, ask] of Object.entries(questions))
    it(`that asks without end (${what}) and reads no answers is given up`, async () => {
      const flood = { sent: 0, isOver: false }
      const { overlay } = await openTo(
        afterHello((message, guest) => {
          if (message.type !== 60790) return
          guest.say(60784, connected(message))
          guest.socket.pause()
          pour(guest, ask(message.headers.get(1000) ?? int(0)), flood)
        }),
      )
      const states: string[] = []
      const onState = (state: string, detail: string) => void states.push(`${state} ${detail}`)
      const hosting = await overlay.host('svc', { onState }, () => undefined)
      await until('the channel was given up', () => states.some(state => /^lost .*reads no answers/.test(state)))
      flood.isOver = true
      await hosting.close()
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

// Data for the connection that a Connect is about.
function frame(connect: Message, body: Buffer): Buffer {
  return encoded(60786, [[1000, connect.headers.get(1000) ?? int(0)]], body)
}

function encoded(
  type: number,
  headers: readonly (readonly [number, Buffer])[],
  body: Buffer = Buffer.alloc(0),
): Buffer {
  return encodeMessage({ type, sequence: 1, headers: new Map(headers), body })
}

// One message over and over, as long as it is taken.
function pour({ socket }: Guest, one: Buffer, flood: { sent: number; readonly isOver: boolean }): void {
  const many = Buffer.concat(Array.from({ length: Math.ceil((256 * 1024) / one.length) }, () => one))
  const more = () => {
    for (let isRoom = true; isRoom && !flood.isOver && flood.sent < 128 * mebi; flood.sent += many.length)
      isRoom = socket.write(many)
  }
  socket.on('drain', more)
  more()
}
