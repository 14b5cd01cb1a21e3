import { type Agent, request } from 'node:http'
import { createOverlayAgent, EdgeError, type Overlay, type Place } from '../edge/index.js'

export type Answer = { readonly status: number; readonly contentType: string; readonly body: string }

export type GetOptions = {
  readonly path: string
  /** For everything: dial, headers, body. Milliseconds. */
  readonly timeoutMs: number
  /** Of the body; more is a failure. */
  readonly maxBytes?: number
  readonly accept?: string
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
  const agent = createOverlayAgent(overlay, () => place)
  try {
    return await send(agent, place, options)
  } finally {
    agent.destroy()
  }
}

function send(agent: Agent, place: Place, options: GetOptions): Promise<Answer> {
  const { path, timeoutMs, maxBytes = defaultMaxBytes, accept = '*/*' } = options
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      clearTimeout(timer)
      sent.destroy()
      reject(asKnown(error, place))
    }
    const headers = { host: place.service, accept, connection: 'close' }
    const sent = request({ agent, host: place.service, path, headers }, response => {
      const pieces: Buffer[] = []
      let size = 0
      response.on('data', (piece: Buffer) => {
        size += piece.length
        if (size > maxBytes)
          return fail(new EdgeError(`${place.service}: its answer is longer than ${maxBytes} bytes`, 'host'))
        pieces.push(piece)
      })
      response.on('end', () => {
        clearTimeout(timer)
        const contentType = response.headers['content-type'] ?? ''
        resolve({ status: response.statusCode ?? 0, contentType, body: Buffer.concat(pieces).toString('utf8') })
      })
      response.on('error', fail)
    })
    const timer = setTimeout(
      () => fail(new EdgeError(`${place.service}: no answer in ${timeoutMs} ms`, 'timeout')),
      timeoutMs,
    )
    sent.on('error', fail)
    sent.end()
  })
}

// What Node says of a broken HTTP exchange is about the host: the overlay did its part.
function asKnown(error: unknown, { service }: Place): Error {
  if (error instanceof Error && 'exitCode' in error) return error
  const said = error instanceof Error ? error.message : 'it failed'
  return new EdgeError(`${service}: ${said === 'socket hang up' ? 'closed before it answered' : said}`, 'host')
}
