import type { TLSSocket } from 'node:tls'
import { EdgeError } from './errors.js'
import type { Flow } from './flow.js'
import { codeOf } from './socket.js'
import { createFrameReader, encodeMessage, type Message } from './wire.js'

/** A message to send; the channel numbers it. */
export type Outgoing = { readonly type: number; readonly headers: ReadonlyMap<number, Buffer>; readonly body?: Buffer }

/** A TLS connection as messages. */
export type Link = {
  /** Gives a message the next number. */
  number(message: Outgoing): Message
  /** Resolves when there is room for more. Throws EdgeError when the link has ended. */
  write(message: Message): Promise<void>
  /** Answers what the router asked, without waiting. One that asks on and reads no answers is not served any more: the link ends. */
  reply(message: Message): void
  /** Ends it for this reason, unless it has ended before. */
  end(reason: EdgeError): void
  /** Why it has ended; undefined while it has not. */
  ended(): EdgeError | undefined
}

/** What becomes of that which a link brings. */
export type LinkOptions = {
  /** The router, for messages. */
  readonly where: string
  readonly flow: Pick<Flow, 'drain' | 'drained'>
  /** Something arrived, be it a whole message or not. */
  readonly onPiece: () => void
  /** What it throws ends the link. */
  readonly onMessage: (message: Message) => void
  /** Told once. */
  readonly onEnd: (reason: EdgeError) => void
}

// Routers ask a few times a minute, and an answer is some dozen bytes.
const mostUnsent = 1024 * 1024

/** Takes over a connection that is open. */
export function createLink(socket: TLSSocket, { where, flow, onPiece, onMessage, onEnd }: LinkOptions): Link {
  const reader = createFrameReader()
  let sequence = 0
  let reason: EdgeError | undefined
  let unsent = 0
  const end = (why: EdgeError) => {
    if (reason !== undefined) return
    reason = why
    socket.destroy()
    onEnd(why)
  }
  const lose = (what: string) => end(new EdgeError(`${where}: ${what}`, 'unreachable'))

  socket.on('data', piece => {
    onPiece()
    try {
      for (const message of reader.push(piece)) onMessage(message)
    } catch (error) {
      const what = error instanceof EdgeError ? error.message : 'a message could not be handled'
      end(new EdgeError(`${where}: ${what}`, 'protocol'))
    }
  })
  socket.on('drain', flow.drained)
  socket.on('error', error => lose(`the connection broke (${codeOf(error)})`))
  socket.on('close', () => lose('the connection was closed'))

  return {
    number: ({ type, headers, body = Buffer.alloc(0) }) => {
      // Back to 1 before the number no longer fits; answers this old are long gone.
      sequence = sequence >= 0x7fff_ffff ? 1 : sequence + 1
      return { type, sequence, headers, body }
    },
    write: message => {
      if (reason !== undefined) return Promise.reject(reason)
      if (socket.write(encodeMessage(message))) return Promise.resolve()
      return flow.drain()
    },
    reply: message => {
      if (reason !== undefined) return
      const frame = encodeMessage(message)
      unsent += frame.length
      if (unsent > mostUnsent) return end(new EdgeError(`${where}: asks and reads no answers`, 'protocol'))
      socket.write(frame, () => {
        unsent -= frame.length
      })
    },
    end,
    ended: () => reason,
  }
}
