import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'

/** How much an answer may bring, and how long it may take. */
export type AnswerLimits = {
  readonly maxBytes: number
  /** From one piece to the next, milliseconds. */
  readonly idleMs: number
  /** From the head of the answer to its end, milliseconds. */
  readonly totalMs: number
  /** What all answers in flight hold together. */
  readonly held: { bytes: number }
  readonly maxHeldBytes: number
}

/** Far above any document but a list: identities with all their members are about 2 kB each. */
export const maxDocumentBytes = 4 * 1024 * 1024

/** For lists, and for all answers in flight together: over 100,000 identities. */
export const maxListBytes = 256 * 1024 * 1024

/**
 * How many values an answer may hold beyond its first `looseBytes`: an empty one is 3 bytes on the line and 56 in memory, while of
 * 2 kB of an identity there are under 100.
 */
export const maxValues = 16_000_000

/** What is not counted: of most lists this is all. */
export const looseBytes = 8 * 1024 * 1024

/** An answer may take this many times what it may take until it begins: slow lines bring long lists. */
export const patience = 4

/**
 * Reads an answer to its end as UTF-8, hanging up on one that is too large, too dense or too slow: the time-out of axios counts no
 * further than to its head. Throws an Error with a `code`.
 */
export async function readText(stream: Readable, limits: AnswerLimits): Promise<string> {
  const stop = () => stream.destroy(coded('ETIMEDOUT'))
  const idle = setTimeout(stop, limits.idleMs)
  const total = setTimeout(stop, limits.totalMs)
  const decoder = new StringDecoder('utf8')
  let text = ''
  let size = 0
  let values = 0
  try {
    for await (const piece of stream) {
      idle.refresh()
      size += piece.length
      limits.held.bytes += piece.length
      if (size > looseBytes) values += countValues(piece)
      if (values > maxValues) throw coded('ERR_BAD_RESPONSE')
      if (size > limits.maxBytes || limits.held.bytes > limits.maxHeldBytes) throw coded('ERR_BAD_RESPONSE')
      // Decoded as it comes, so that less is left to do once the last piece is there.
      text += decoder.write(piece)
    }
    return text + decoder.end()
  } finally {
    clearTimeout(idle)
    clearTimeout(total)
    limits.held.bytes -= size
  }
}

/**
 * The document in an answer; undefined when it is none, or says that it is something else than JSON. What was sent in
 * secret is struck out of it: an answer that echoes a request must not bring its token or password into a message.
 */
export function readDocument(text: string, contentType: unknown, secrets: readonly string[]): unknown {
  if (typeof contentType !== 'string' || !/[/+]json\b/i.test(contentType)) return undefined
  try {
    return JSON.parse(
      secrets.reduce((kept, secret) => kept.replaceAll(secret, '[secret]'), text.replace(/^\uFEFF/, '')),
    )
  } catch {
    return undefined
  }
}

// What begins a value in JSON, or stands between two; in strings as well, which does no harm.
function countValues(piece: Uint8Array): number {
  let count = 0
  for (const byte of piece) if (byte === 0x2c || byte === 0x5b || byte === 0x7b) count += 1
  return count
}

function coded(code: string): Error {
  return Object.assign(new Error(code), { code })
}
