import assert from 'node:assert/strict'
import fc from 'fast-check'
import { EdgeError } from '../../src/edge/errors.js'
import { createFrameReader, encodeMessage, type Message } from '../../src/edge/wire.js'

const anyMessage: fc.Arbitrary<Message> = fc.record(
  {
    type: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    sequence: fc.integer({ min: -1, max: 2 ** 31 - 1 }),
    headers: fc
      .uniqueArray(fc.tuple(fc.nat(2000), anyBytes(40)), { selector: ([key]) => key, maxLength: 6 })
      .map(entries => new Map(entries)),
    body: anyBytes(200),
  },
  { noNullPrototype: true },
)

function anyBytes(maxLength: number): fc.Arbitrary<Buffer> {
  return fc.uint8Array({ maxLength }).map(bytes => Buffer.from(bytes))
}

describe('the wire of the data plane', () => {
  it('gives the same messages whatever pieces their bytes arrive in', () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(fc.array(anyMessage, { maxLength: 5 }), cuts, (messages, sizes) => {
        const reader = createFrameReader()
        const bytes = Buffer.concat(messages.map(encodeMessage))
        const read = cut(bytes, sizes).flatMap(piece => reader.push(piece))
        assert.deepEqual(read, messages)
        assert.equal(reader.pending(), 0)
      }),
    )
  })

  it('writes the bytes that a router understands: a Connect', () => {
    const message = { type: 60783, sequence: 1, headers: new Map([[1000, hex('07000000')]]), body: Buffer.from('t') }
    assert.equal(
      encodeMessage(message).toString('hex'),
      hex('0306090c 6fed0000 01000000 0c000000 01000000', 'e8030000 04000000 07000000 74').toString('hex'),
    )
  })

  it('keeps a copy of its own: the pieces may be used again', () => {
    const bytes = encodeMessage({
      type: 1,
      sequence: 2,
      headers: new Map([[3, hex('0405')]]),
      body: Buffer.from('body'),
    })
    const reader = createFrameReader()
    const piece = Buffer.alloc(1)
    const read = [...bytes].flatMap(value => {
      piece[0] = value
      return reader.push(piece)
    })
    piece.fill(0xff)
    assert.equal(read[0]?.body.toString(), 'body')
    assert.deepEqual(read[0]?.headers.get(3), hex('0405'))
  })

  it('copies a large body once, though it comes in a hundred thousand pieces', () => {
    const body = Buffer.alloc(4 * 1024 * 1024, 7)
    const bytes = encodeMessage({ type: 1, sequence: 2, headers: new Map(), body })
    let copied = 0
    const reader = createFrameReader()
    const read: Message[] = []
    for (let at = 0; at < bytes.length; at += 41) {
      const piece = bytes.subarray(at, at + 41)
      const copy = piece.copy.bind(piece)
      piece.copy = (...args) => {
        const count = copy(...args)
        copied += count
        return count
      }
      read.push(...reader.push(piece))
    }
    assert.ok(read[0]?.body.equals(body))
    assert.equal(copied, bytes.length)
  })

  it('gives a small body that does not hold the large headers that came with it', () => {
    const headers = new Map([[4711, Buffer.alloc(60 * 1024)]])
    const [read] = createFrameReader().push(encodeMessage({ type: 1, sequence: 1, headers, body: Buffer.from('x') }))
    assert.equal(read?.body.toString(), 'x')
    assert.ok((read?.body.buffer.byteLength ?? 0) < 16 * 1024, `${read?.body.buffer.byteLength} bytes`)
  })

  it('refuses lengths that are negative or beyond its limits before it holds anything', () => {
    const start = (headers: number, body: number) => {
      const bytes = Buffer.alloc(20)
      hex('0306090c').copy(bytes)
      bytes.writeInt32LE(headers, 12)
      bytes.writeInt32LE(body, 16)
      return bytes
    }
    for (const [headers, body] of [
      [-1, 0],
      [0, -1],
      [64 * 1024 + 1, 0],
      [0, 16 * 1024 * 1024 + 1],
      [0x7fff_ffff, 0x7fff_ffff],
    ] as const) {
      const reader = createFrameReader()
      assert.throws(() => reader.push(start(headers, body)), isProtocolFault)
      assert.equal(reader.pending(), 0)
    }
  })

  it('says what answers when it is no router, with the fourth byte and not later', () => {
    assert.throws(() => createFrameReader().push(Buffer.from('HTTP/1.1 400 Bad Request')), /no OpenZiti edge router/)
    assert.throws(() => createFrameReader().push(Buffer.from('SSH-')), /no OpenZiti edge router/)
    assert.throws(
      () => createFrameReader().push(hex('0306090a 02000000 01000000 02000000')),
      /does not speak this version/,
    )
  })

  it('goes on refusing after the first fault, with the same words', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 64 }), anyMessage, (junk, message) => {
        fc.pre(junk[0] !== 3)
        const reader = createFrameReader()
        const first = faultOf(() => reader.push(Buffer.from(junk)))
        assert.equal(
          faultOf(() => reader.push(encodeMessage(message))),
          first,
        )
        assert.equal(reader.pending(), 0)
      }),
    )
  })

  it('refuses headers that are cut off or longer than their message', () => {
    const withHeaders = (headers: Buffer) =>
      Buffer.concat([hex('0306090c 01000000 01000000'), int(headers.length), int(0), headers])
    for (const headers of [hex('01'), hex('01000000 050000'), hex('01000000 05000000 aa'), hex('01000000 ffffffff')]) {
      assert.throws(() => createFrameReader().push(withHeaders(headers)), isProtocolFault)
    }
  })

  it('ends in messages or in one clear error, whatever arrives, and never holds more than was sent', () => {
    const anything = fc.oneof(
      anyBytes(200),
      anyMessage.map(encodeMessage),
      fc.tuple(anyMessage, fc.nat(400)).map(damage),
    )
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 6 }), pieces => {
        const reader = createFrameReader()
        let sent = 0
        for (const piece of pieces) {
          sent += piece.length
          try {
            reader.push(piece)
          } catch (error) {
            assert.ok(isProtocolFault(error))
          }
          assert.ok(reader.pending() <= sent)
        }
      }),
    )
  })
})

// One bit of a message turned over.
function damage([message, at]: [Message, number]): Buffer {
  const bytes = encodeMessage(message)
  const place = at % bytes.length
  bytes[place] = (bytes[place] ?? 0) ^ (1 << (at % 8))
  return bytes
}

function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = []
  for (let at = 0, index = 0; at < bytes.length; index++) {
    const size = sizes[index % sizes.length] ?? 1
    pieces.push(bytes.subarray(at, at + size))
    at += size
  }
  return pieces
}

function faultOf(run: () => unknown): Error {
  try {
    run()
  } catch (error) {
    assert.ok(error instanceof EdgeError && error.fault === 'protocol')
    return error
  }
  assert.fail('it went well')
}

function isProtocolFault(error: unknown): boolean {
  return error instanceof EdgeError && error.fault === 'protocol' && error.exitCode === 5
}

function hex(...words: string[]): Buffer {
  return Buffer.from(words.join('').replaceAll(' ', ''), 'hex')
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(value)
  return bytes
}
