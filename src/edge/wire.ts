import { EdgeError } from './errors.js'

// The channel protocol of OpenZiti, version 2: a frame of a fixed start, headers and a body, all integers little endian
// (github.com/openziti/channel, impl.go).

/** One message of a channel. */
export type Message = {
  readonly type: number
  readonly sequence: number
  /** Values by key, as bytes; `headers.ts` reads and writes them. */
  readonly headers: ReadonlyMap<number, Buffer>
  readonly body: Buffer
}

const marker = Buffer.from([0x03, 0x06, 0x09, 0x0c])
const startLength = 20

/** What one message may hold, in bytes. The protocol has no limits of its own, so hostile lengths need some. */
export type WireLimits = { readonly headers: number; readonly body: number }

export const defaultLimits: WireLimits = { headers: 64 * 1024, body: 16 * 1024 * 1024 }

/** A message as bytes. */
export function encodeMessage({ type, sequence, headers, body }: Message): Buffer {
  let length = 0
  for (const value of headers.values()) length += 8 + value.length
  const frame = Buffer.allocUnsafe(startLength + length + body.length)
  marker.copy(frame)
  frame.writeInt32LE(type, 4)
  frame.writeInt32LE(sequence, 8)
  frame.writeInt32LE(length, 12)
  frame.writeInt32LE(body.length, 16)
  let at = startLength
  for (const [key, value] of headers) {
    frame.writeInt32LE(key, at)
    frame.writeInt32LE(value.length, at + 4)
    at += 8 + value.copy(frame, at + 8)
  }
  body.copy(frame, at)
  return frame
}

/** Turns bytes, in whatever pieces they arrive, into messages. */
export type FrameReader = {
  /** Every message that is whole with this piece, in order. Throws EdgeError (`protocol`), and always again after that. */
  push(piece: Buffer): Message[]
  /** Bytes that wait for the rest of their message. */
  pending(): number
}

/** A reader that keeps a copy of what it hands out, so that the pieces may be reused. */
export function createFrameReader(limits: WireLimits = defaultLimits): FrameReader {
  let pieces: Buffer[] = []
  let held = 0
  // How many bytes the next step needs: the start of a message, or all of it.
  let needed = startLength
  let fault: EdgeError | undefined

  const next = (): Message | undefined => {
    if (held < needed) return undefined
    // One copy per message, and not one per piece: a large body can come in thousands of them.
    const buffer = pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces, held)
    pieces = [buffer]
    const { headersLength, bodyLength } = readStart(buffer, limits)
    needed = startLength + headersLength + bodyLength
    if (held < needed) return undefined
    const message = readMessage(buffer, headersLength, bodyLength)
    held -= needed
    pieces = held === 0 ? [] : [buffer.subarray(needed)]
    needed = startLength
    return message
  }

  return {
    pending: () => held,
    push: piece => {
      if (fault !== undefined) throw fault
      if (piece.length > 0) pieces.push(piece)
      held += piece.length
      const messages: Message[] = []
      try {
        for (let message = next(); message !== undefined; message = next()) messages.push(message)
      } catch (error) {
        fault = error instanceof EdgeError ? error : new EdgeError('the router sent what is no message', 'protocol')
        pieces = []
        throw fault
      }
      return messages
    },
  }
}

function readStart(buffer: Buffer, limits: WireLimits): { headersLength: number; bodyLength: number } {
  if (!buffer.subarray(0, 4).equals(marker)) {
    // 03 06 09 0a is what a router says to a version of the protocol that it does not know.
    const unknownVersion = buffer[3] === 0x0a && buffer.subarray(0, 3).equals(marker.subarray(0, 3))
    const message = unknownVersion
      ? 'the router does not speak this version of the channel protocol'
      : 'what answers there is no OpenZiti edge router'
    throw new EdgeError(message, 'protocol')
  }
  const headersLength = buffer.readInt32LE(12)
  const bodyLength = buffer.readInt32LE(16)
  if (headersLength < 0 || headersLength > limits.headers)
    throw new EdgeError(`the router announced ${headersLength} bytes of headers`, 'protocol')
  if (bodyLength < 0 || bodyLength > limits.body)
    throw new EdgeError(`the router announced a message of ${bodyLength} bytes`, 'protocol')
  return { headersLength, bodyLength }
}

function readMessage(buffer: Buffer, headersLength: number, bodyLength: number): Message {
  const bodyAt = startLength + headersLength
  return {
    type: buffer.readInt32LE(4),
    sequence: buffer.readInt32LE(8),
    headers: readHeaders(buffer.subarray(startLength, bodyAt)),
    body: Buffer.from(buffer.subarray(bodyAt, bodyAt + bodyLength)),
  }
}

// Of a key that is there twice the last counts, as in the reference.
function readHeaders(bytes: Buffer): Map<number, Buffer> {
  const headers = new Map<number, Buffer>()
  for (let at = 0; at < bytes.length; ) {
    if (at + 8 > bytes.length) throw new EdgeError('the router sent a header that is cut off', 'protocol')
    const length = bytes.readInt32LE(at + 4)
    const end = at + 8 + length
    if (length < 0 || end > bytes.length)
      throw new EdgeError('the router sent a header that is longer than its message', 'protocol')
    headers.set(bytes.readInt32LE(at), Buffer.from(bytes.subarray(at + 8, end)))
    at = end
  }
  return headers
}
