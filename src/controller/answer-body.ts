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

/** An answer may take this many times what it may take until it begins: slow lines bring long lists. */
export const patience = 4

/**
 * Reads an answer to its end as UTF-8, hanging up on one that is too large or too slow: the time-out of axios counts no
 * further than to its head. Throws an Error with a `code`.
 */
export async function readText(stream: Readable, limits: AnswerLimits): Promise<string> {
  const stop = () => stream.destroy(coded('ETIMEDOUT'))
  const idle = setTimeout(stop, limits.idleMs)
  const total = setTimeout(stop, limits.totalMs)
  const decoder = new StringDecoder('utf8')
  let text = ''
  let size = 0
  try {
    for await (const piece of stream) {
      idle.refresh()
      size += piece.length
      limits.held.bytes += piece.length
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

function coded(code: string): Error {
  return Object.assign(new Error(code), { code })
}
