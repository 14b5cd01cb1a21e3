import { Transform } from 'node:stream'

const answer = Buffer.from('you sent me: ')
const lineEnd = 0x0a

// A line that is longer is answered in pieces: what never ends a line must not fill the memory.
const longestLine = 64 * 1024

/** Answers each line as the article's workload does: `you sent me: ` and the line. The last one needs no line end. */
export function createLineEcho(): Transform {
  let held: Buffer[] = []
  let length = 0
  const take = (piece: Buffer) => {
    held.push(piece)
    length += piece.length
  }
  const flush = (echo: Transform) => {
    if (length === 0) return
    echo.push(Buffer.concat([answer, ...held]))
    held = []
    length = 0
  }
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      let at = 0
      for (let end = chunk.indexOf(lineEnd); end !== -1; end = chunk.indexOf(lineEnd, at)) {
        take(chunk.subarray(at, end + 1))
        flush(this)
        at = end + 1
      }
      if (at < chunk.length) take(chunk.subarray(at))
      if (length > longestLine) flush(this)
      done()
    },
    flush(done) {
      if (length > 0) take(Buffer.of(lineEnd))
      flush(this)
      done()
    },
  })
}
