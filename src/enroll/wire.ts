import { type Agent, request } from 'node:https'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { ControllerError } from '../errors.js'
import { connectionFailure, leafChanged } from './failure.js'

/** One HTTPS request. `shownPath` is what errors may say of the path, because a query can hold a token. */
export type Ask = {
  /** `https://host:port`. */
  readonly server: string
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly shownPath: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly agent: Agent
  /** Counted from when the request has a connection to use, not while it queues for one. */
  readonly timeoutMs: number
  readonly maxBytes: number
  readonly signal?: AbortSignal | undefined
  /** Called with the connection when the answer begins. */
  readonly onAnswer?: (socket: Socket) => void
}

/** A complete answer, whatever its status. */
export type Answer = {
  readonly status: number
  readonly contentType: string
  readonly body: Buffer
}

/**
 * Sends one request and reads the whole answer: no redirects, no proxies, bounded size and time. Rejects with
 * ControllerError, or with LostAnswer when a POST may have reached the server.
 *
 * On node:https and not on axios: whether a request left the machine, and on which certificate, can only be told at
 * the socket; and there is no error object with headers and bodies in it that could end up in a log.
 */
export function ask(question: Ask): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let sent = false
    let stopped: string | undefined
    let timer: NodeJS.Timeout | undefined
    const outgoing = request(new URL(question.path, question.server), {
      method: question.method,
      headers: question.headers,
      agent: question.agent,
    })
    const stop = (code: string) => {
      stopped = code
      outgoing.destroy()
      fail(new Error(code))
    }
    const onAbort = () => stop('ABORT_ERR')
    const settle = () => {
      clearTimeout(timer)
      question.signal?.removeEventListener('abort', onAbort)
    }
    const fail = (error: Error) => {
      settle()
      reject(failureOf(question, stopped, error, sent))
    }

    outgoing.on('error', fail)
    outgoing.on('socket', socket => {
      timer ??= setTimeout(stop, question.timeoutMs, 'ETIMEDOUT')
      whenVerified(socket, () => {
        sent = true
      })
    })
    outgoing.on('response', incoming => {
      question.onAnswer?.(incoming.socket)
      const chunks: Buffer[] = []
      let size = 0
      incoming.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > question.maxBytes) stop('TOO_LARGE')
        else chunks.push(chunk)
      })
      incoming.on('error', fail)
      incoming.on('end', () => {
        settle()
        const contentType = incoming.headers['content-type'] ?? ''
        resolve({ status: incoming.statusCode ?? 0, contentType, body: Buffer.concat(chunks) })
      })
    })
    question.signal?.addEventListener('abort', onAbort, { once: true })
    if (question.signal?.aborted === true) onAbort()
    else outgoing.end(question.body)
  })
}

/** DER of the certificate that the other side of a TLS connection showed. */
export function leafOf(socket: unknown): Uint8Array | undefined {
  return socket instanceof TLSSocket ? socket.getPeerX509Certificate()?.raw : undefined
}

/** What a later connection to the same server can resume, so that neither side signs or checks anything again. */
export function sessionOf(socket: unknown): Buffer | undefined {
  return socket instanceof TLSSocket && socket.authorized ? socket.getSession() : undefined
}

/** For an agent's `checkServerIdentity`: the usual check of the name, and then that it is this very certificate. */
export function requireLeaf(leaf: Uint8Array, found: Uint8Array | undefined): Error | undefined {
  return found !== undefined && Buffer.from(leaf).equals(found) ? undefined : leafChanged()
}

// Node writes a request only after it accepted the server's certificate, and that is when `secureConnect` fires.
// A kept-alive socket fired it for an earlier request.
const verified = new WeakSet<object>()

function whenVerified(socket: Socket, then: () => void): void {
  if (verified.has(socket)) {
    then()
    return
  }
  socket.once('secureConnect', () => {
    verified.add(socket)
    then()
  })
}

function failureOf(question: Ask, stopped: string | undefined, error: Error, sent: boolean): ControllerError {
  const request = { server: question.server, method: question.method, path: question.shownPath }
  return connectionFailure(request, stopped, error, sent && question.method === 'POST')
}
