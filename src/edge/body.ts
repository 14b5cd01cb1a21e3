import type { IncomingMessage } from 'node:http'

// Longer than a server that is at work pauses, and short beside what a scrape may take.
const silenceMs = 1000

/**
 * The body of an HTTP answer, piece by piece. One that ends by closing has no end behind tunnelers of 2.x, which pass that on
 * only when this side has ended as well. So this side ends, but after silence alone: servers stop at once at such an end.
 */
export async function* bodyOf(answer: IncomingMessage): AsyncGenerator<Buffer, void> {
  const silence = silenceOf(answer)
  const pieces: AsyncIterator<Buffer> = answer[Symbol.asyncIterator]()
  while (true) {
    silence.begins()
    const piece = await pieces.next().finally(silence.ends)
    if (piece.done === true) return
    yield piece.value
  }
}

/** For who reads a body by its events: what does the same, told when a piece begins to be waited for, and when it is there. */
export function silenceOf(answer: IncomingMessage): { begins(): void; ends(): void } {
  if (!endsByClosing(answer)) return { begins: () => undefined, ends: () => undefined }
  let timer: NodeJS.Timeout | undefined
  return {
    begins: () => {
      timer = setTimeout(() => answer.socket.end(), silenceMs)
    },
    ends: () => clearTimeout(timer),
  }
}

function endsByClosing({ headers }: IncomingMessage): boolean {
  return headers['content-length'] === undefined && !/\bchunked\s*$/i.test(headers['transfer-encoding'] ?? '')
}
