import { type IncomingMessage, request } from 'node:http'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { bodyOf, EdgeError, type Overlay, type Place } from '../edge/index.js'

/** An HTTP answer, its body as text. */
export type Answer = { readonly status: number; readonly contentType: string; readonly body: string }

/** What to ask for, and within what limits. */
export type GetOptions = {
  readonly path: string
  /** For everything: dial, headers, body. Milliseconds. */
  readonly timeoutMs: number
  /** Of the body; more is a failure. */
  readonly maxBytes?: number
  readonly accept?: string
  /** TLS with what answers there; without `ca` (PEM) the system's roots vouch for it. */
  readonly tls?: { readonly serverName: string; readonly ca?: string }
}

const defaultMaxBytes = 64 * 1024 * 1024

/**
 * One HTTP GET over the overlay. The host of the request is the service; nothing is followed, and nothing goes to the plain
 * network. Throws EdgeError, AuthError, ControllerError.
 */
export async function getOverOverlay(
  overlay: Pick<Overlay, 'dial'>,
  place: Place,
  options: GetOptions,
): Promise<Answer> {
  const { timeoutMs, tls } = options
  let stream: Duplex | undefined
  let isLate = false
  const late = () => new EdgeError(`${place.service}: no answer in ${timeoutMs} ms`, 'timeout')
  const timer = setTimeout(() => {
    isLate = true
    stream?.destroy(late())
  }, timeoutMs)
  try {
    const { identity } = place
    stream = await overlay.dial(place.service, { timeoutMs, ...(identity !== undefined && { identity }) })
    if (tls !== undefined) stream = await secure(stream, tls)
    return await send(stream, place, options)
  } catch (error) {
    throw isLate ? late() : asKnown(error, place)
  } finally {
    clearTimeout(timer)
    stream?.destroy()
  }
}

function secure(
  carrier: Duplex,
  { serverName, ca }: { readonly serverName: string; readonly ca?: string },
): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ socket: carrier, servername: serverName, ...(ca !== undefined && { ca }) })
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('closed in the TLS handshake')))
    socket.once('secureConnect', () => resolve(socket))
  })
}

function send(
  stream: Duplex,
  place: Place,
  { path, maxBytes = defaultMaxBytes, accept = '*/*' }: GetOptions,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { host: place.service, accept, connection: 'close' }
    const sent = request({ createConnection: () => stream, path, headers }, answer => {
      const { statusCode = 0, headers } = answer
      const contentType = headers['content-type'] ?? ''
      textOf(answer, place, maxBytes).then(body => resolve({ status: statusCode, contentType, body }), reject)
    })
    sent.on('error', reject)
    sent.end()
  })
}

async function textOf(answer: IncomingMessage, { service }: Place, maxBytes: number): Promise<string> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of bodyOf(answer)) {
    size += piece.length
    if (size > maxBytes) throw new EdgeError(`${service}: its answer is longer than ${maxBytes} bytes`, 'host')
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}

// What Node says of a broken exchange is about the host: the overlay did its part.
function asKnown(error: unknown, { service }: Place): Error {
  if (error instanceof Error && 'exitCode' in error) return error
  const said = error instanceof Error ? error.message : 'it failed'
  return new EdgeError(`${service}: ${said === 'socket hang up' ? 'closed before it answered' : said}`, 'host')
}
