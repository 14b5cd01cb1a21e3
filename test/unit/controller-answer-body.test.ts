import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import { type AnswerLimits, readDocument, readText } from '../../src/controller/answer-body.js'

describe('the body of an answer', () => {
  const limits = (change: Partial<AnswerLimits> = {}): AnswerLimits => ({
    maxBytes: 1_000,
    idleMs: 5_000,
    totalMs: 20_000,
    held: { bytes: 0 },
    maxHeldBytes: 10_000,
    ...change,
  })
  // In object mode, for other streams join what is small.
  const pieces = (bytes: Buffer, length: number) =>
    Readable.from(
      Array.from({ length: Math.ceil(bytes.length / length) }, (_, at) =>
        bytes.subarray(at * length, (at + 1) * length),
      ),
    )

  for (const length of [1, 2, 3, 5, 1_000]) {
    it(`comes whole in pieces of ${length} bytes, whatever characters they cut in two`, async () => {
      const text = '\uFEFF{"name":"gr\u00fc\u00df \u20ac \u{1F600}","list":["\\u00e4"]}'
      const given = limits()
      const read = await readText(pieces(Buffer.from(text), length), given)
      assert.equal(read, text)
      assert.deepEqual(readDocument(read, 'application/json', []), {
        name: 'gr\u00fc\u00df \u20ac \u{1F600}',
        list: ['\u00e4'],
      })
      assert.equal(given.held.bytes, 0)
    })
  }

  it('is what Buffer makes of it, whatever bytes it is of and wherever they are cut', async () => {
    const someByte = fc.oneof(fc.nat(255), fc.constantFrom(0x22, 0x80, 0xc3, 0xe2, 0xed, 0xf0, 0xff))
    const bytesAndLength = fc.tuple(fc.array(someByte, { minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 9 }))
    await fc.assert(
      fc.asyncProperty(bytesAndLength, async ([list, length]) => {
        const bytes = Buffer.from(list)
        assert.equal(await readText(pieces(bytes, length), limits()), bytes.toString('utf8'))
      }),
      { numRuns: 300 },
    )
  })

  it('is given up once it is too large, and holds nothing afterwards', async () => {
    const given = limits({ maxBytes: 20 })
    await assert.rejects(readText(pieces(Buffer.alloc(30, 0x20), 8), given), { code: 'ERR_BAD_RESPONSE' })
    assert.equal(given.held.bytes, 0)
    const shared = limits({ maxHeldBytes: 25, held: { bytes: 10 } })
    await assert.rejects(readText(pieces(Buffer.alloc(30, 0x20), 8), shared), { code: 'ERR_BAD_RESPONSE' })
    assert.equal(shared.held.bytes, 10)
  })
})
