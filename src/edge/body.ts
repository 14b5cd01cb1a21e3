import type { IncomingMessage } from 'node:http'

// Longer than a server that is at work pauses, and short beside what a scrape may take.
const silenceMs = 1000

/**
 * The body of an HTTP answer, piece by piece. One that ends by closing has no end behind tunnelers of 2.x, which pass that on
 * only when this side has ended as well. So this side ends, but after silence alone: servers stop at once at such an end.
 */
export async function* bodyOf(answer: IncomingMessage): AsyncGenerator<Buffer, void> {
  if (!endsByClosing(answer)) return yield* answer
  const pieces: AsyncIterator<Buffer> = answer[Symbol.asyncIterator]()
  while (true) {
    const timer = setTimeout(() => answer.socket.end(), silenceMs)
    const piece = await pieces.next().finally(() => clearTimeout(timer))
    if (piece.done === true) return
    yield piece.value
  }
}

function endsByClosing({ headers }: IncomingMessage): boolean {
  return headers['content-length'] === undefined && !/\bchunked\s*$/i.test(headers['transfer-encoding'] ?? '')
}
