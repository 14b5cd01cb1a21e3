import assert from 'node:assert/strict'
import { duplexPair } from 'node:stream'
import { text } from 'node:stream/consumers'
import fc from 'fast-check'
import { createLineEcho, createReflect } from '../../src/reflect/index.js'

async function answerTo(pieces: readonly Buffer[]): Promise<Buffer> {
  const echo = createLineEcho()
  for (const piece of pieces) echo.write(piece)
  echo.end()
  const answers: Buffer[] = []
  for await (const answer of echo) answers.push(answer)
  return Buffer.concat(answers)
}

describe('the echo of the reflect workload', () => {
  it('answers line by line, in whatever pieces they come', async () => {
    const line = fc.uint8Array({ maxLength: 20 }).map(bytes => Buffer.from(bytes.map(byte => (byte === 10 ? 0 : byte))))
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 5 }), fc.integer({ min: 1, max: 9 }), async (lines, size) => {
        const sent = Buffer.concat(lines.flatMap(one => [one, Buffer.from('\n')]))
        const pieces = Array.from({ length: Math.ceil(sent.length / size) }, (_, at) =>
          sent.subarray(at * size, (at + 1) * size),
        )
        const wanted = Buffer.concat(lines.flatMap(one => [Buffer.from('you sent me: '), one, Buffer.from('\n')]))
        assert.ok((await answerTo(pieces)).equals(wanted))
      }),
    )
  })

  it('answers a last line without a line end, and nothing to nothing', async () => {
    assert.equal((await answerTo([Buffer.from('a\r\nb')])).toString(), 'you sent me: a\r\nyou sent me: b\n')
    assert.equal((await answerTo([])).length, 0)
  })

  it('does not wait for the end of a line that never ends', async () => {
    const echo = createLineEcho()
    let answered = 0
    echo.on('data', (answer: Buffer) => {
      answered += answer.length
    })
    for (let count = 0; count < 100; count++) echo.write(Buffer.alloc(10_000, 'x'))
    await new Promise(resolve => setImmediate(resolve))
    assert.ok(answered > 900_000, `${answered}`)
  })
})

describe('the metrics of the reflect workload', () => {
  it('refuse once what is no HTTP, however much of it comes', async () => {
    const reflect = createReflect()
    const [near, far] = duplexPair()
    reflect.onScrape(far)
    const answer = text(near)
    for (const piece of ['hello\n', 'is anybody\n', 'there?\n']) {
      near.write(piece)
      await new Promise(resolve => setImmediate(resolve))
    }
    near.end()
    assert.equal(await answer, 'HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n')
    reflect.close()
  })
})
