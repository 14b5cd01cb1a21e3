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

/** The limits of a channel, unless others are given. */
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

/**
 * A reader that copies each byte once, to where it stays: pieces may be reused, and a large body that comes in thousands
 * of them costs no more than in one.
 */
export function createFrameReader(limits: WireLimits = defaultLimits): FrameReader {
  const start = Buffer.alloc(startLength)
  // What follows the start of the message that is being read; undefined while the start is not whole.
  let rest: Buffer | undefined
  let filled = 0
  let fault: EdgeError | undefined

  // Takes what it needs of a piece, and gives the message when that was its end.
  const take = (piece: Buffer, from: number): { readonly taken: number; readonly message: Message | undefined } => {
    const target = rest ?? start
    const taken = piece.copy(target, filled, from)
    filled += taken
    if (rest === undefined && filled >= marker.length) checkMarker(start)
    if (filled < target.length) return { taken, message: undefined }
    filled = 0
    if (rest === undefined) {
      rest = Buffer.allocUnsafe(readLength(start, limits))
      if (rest.length > 0) return { taken, message: undefined }
    }
    const message = readMessage(start, rest)
    rest = undefined
    return { taken, message }
  }

  return {
    pending: () => (rest === undefined ? 0 : startLength) + filled,
    push: piece => {
      if (fault !== undefined) throw fault
      const messages: Message[] = []
      try {
        for (let at = 0; at < piece.length; ) {
          const { taken, message } = take(piece, at)
          at += taken
          if (message !== undefined) messages.push(message)
        }
      } catch (error) {
        fault = error instanceof EdgeError ? error : new EdgeError('the router sent what is no message', 'protocol')
        rest = undefined
        filled = 0
        throw fault
      }
      return messages
    },
  }
}

// As soon as it is there: what is no router may say less than a message and then wait.
function checkMarker(start: Buffer): void {
  if (start.subarray(0, 4).equals(marker)) return
  // 03 06 09 0a is what a router says to a version of the protocol that it does not know.
  const unknownVersion = start[3] === 0x0a && start.subarray(0, 3).equals(marker.subarray(0, 3))
  const message = unknownVersion
    ? 'the router does not speak this version of the channel protocol'
    : 'what answers there is no OpenZiti edge router'
  throw new EdgeError(message, 'protocol')
}

// How many bytes follow the start of a message.
function readLength(start: Buffer, limits: WireLimits): number {
  const headersLength = start.readInt32LE(12)
  const bodyLength = start.readInt32LE(16)
  if (headersLength < 0 || headersLength > limits.headers)
    throw new EdgeError(`the router announced ${headersLength} bytes of headers`, 'protocol')
  if (bodyLength < 0 || bodyLength > limits.body)
    throw new EdgeError(`the router announced a message of ${bodyLength} bytes`, 'protocol')
  return headersLength + bodyLength
}

function readMessage(start: Buffer, rest: Buffer): Message {
  const headersLength = start.readInt32LE(12)
  const body = rest.subarray(headersLength)
  return {
    type: start.readInt32LE(4),
    sequence: start.readInt32LE(8),
    headers: readHeaders(rest.subarray(0, headersLength)),
    // Whoever keeps a small body is not to keep large headers with it.
    body: headersLength > body.length ? Buffer.from(body) : body,
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
    headers.set(bytes.readInt32LE(at), bytes.subarray(at + 8, end))
    at = end
  }
  return headers
}
