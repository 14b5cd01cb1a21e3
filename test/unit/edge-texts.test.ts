import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { scrub } from '../../src/edge/errors.js'
import {
  byte,
  headersOf,
  i32,
  readBool,
  readI32,
  readString,
  readU32,
  reflected,
  string,
  u16,
  u32,
} from '../../src/edge/headers.js'
import { parseRouterUrl } from '../../src/edge/socket.js'

describe('headers of the data plane', () => {
  it('give back the numbers and texts that were put in', () => {
    fc.assert(
      fc.property(fc.nat(0xffff_ffff), fc.integer(), fc.nat(0xffff), fc.string({ unit: 'binary' }), (a, b, c, text) => {
        const headers = headersOf([1, u32(a)], [2, i32(b | 0)], [3, u16(c)], [4, string(text)])
        assert.equal(readU32(headers, 1), a)
        assert.equal(readI32(headers, 2), b | 0)
        assert.equal(headers.get(3)?.readUInt16LE(), c)
        assert.equal(readString(headers, 4), Buffer.from(text, 'utf8').toString('utf8'))
      }),
    )
  })

  it('are undefined when they are absent or of another length', () => {
    const headers = headersOf([1, byte(1)], [2, Buffer.alloc(0)], [3, Buffer.alloc(8)])
    for (const key of [1, 2, 3, 4]) {
      assert.equal(readU32(headers, key), undefined)
      assert.equal(readI32(headers, key), undefined)
    }
    assert.deepEqual(
      [1, 2, 4].map(key => readBool(headers, key)),
      [true, false, false],
    )
    assert.equal(readString(headers, 4), undefined)
  })

  it('go back in a reply when their keys are 128 to 255, and only then', () => {
    const headers = new Map([1, 127, 128, 200, 255, 256, 1000].map(key => [key, byte(1)]))
    assert.deepEqual(
      reflected(headers).map(([key]) => key),
      [128, 200, 255],
    )
  })
})

describe('the address of an edge router', () => {
  it('is read in both forms, by name, IPv4 and IPv6', () => {
    assert.deepEqual(parseRouterUrl('tls://router.example:3022'), { host: 'router.example', port: 3022 })
    assert.deepEqual(parseRouterUrl('tls:router.example:3022'), { host: 'router.example', port: 3022 })
    assert.deepEqual(parseRouterUrl('tls://127.0.0.1:1'), { host: '127.0.0.1', port: 1 })
    assert.deepEqual(parseRouterUrl('tls://[::1]:3022'), { host: '::1', port: 3022 })
  })

  it('is none in another protocol, without a port, or with one that cannot be', () => {
    const wrong = [
      'ws://r:1',
      'wss:r:1',
      'dtls://r:1',
      'tls://r',
      'tls://:1',
      'tls:r:',
      'tls://r:0',
      'tls://r:65536',
      'tls://r:999999',
      '',
      'r:1',
      'tls://a/b:1',
      'tls://a b:1',
      'tls://u@h:1',
    ]
    for (const url of wrong) assert.equal(parseRouterUrl(url), undefined, url)
  })
})

describe('the text of a router', () => {
  it('is shown without tokens: session ids, whole and broken JWTs', () => {
    const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJlLV8'
    fc.assert(
      fc.property(fc.uuid(), fc.constantFrom('with token ', '(', '"'), fc.boolean(), (id, before, upper) => {
        const said = scrub(`no call ${before}${upper ? id.toUpperCase() : id}). error: (down)`)
        assert.ok(!said.toLowerCase().includes(id), said)
        assert.match(said, /error: \(down\)/)
      }),
    )
    for (const text of [jwt, `token=${jwt};`, jwt.slice(0, 30), jwt.slice(0, 12)]) {
      assert.doesNotMatch(scrub(text), /eyJ|c2lnb/)
    }
  })

  it('is one line of at most 500 characters, with no control characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), text => {
        const said = scrub(text)
        assert.ok(said.length <= 500)
        assert.doesNotMatch(said, /\p{Cc}/u)
      }),
    )
    assert.equal(scrub('one\r\n\ttwo\u001b[31m'), 'one two [31m')
  })

  it('is cut only after the tokens are out of it', () => {
    const id = randomUUID()
    assert.ok(!scrub(`${'x'.repeat(480)} ${id}`).includes(id.slice(0, 8)))
  })
})
