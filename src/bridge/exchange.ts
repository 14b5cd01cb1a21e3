import type { ServerResponse } from 'node:http'
import { type IncomingMessage, request } from 'node:http'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { EdgeConnection } from '../edge/index.js'
import { asReasonPhrase, Refusal } from './answers.js'
import type { Budget } from './budget.js'
import { endToEnd, pairsOf, redirectWithin, requestHeaders } from './headers.js'
import { nameOf } from './locate.js'
import type { Entry } from './table.js'

// Exporters send a dozen short lines; anything above this is no exporter.
const maxHeaderSize = 32 * 1024

/** Sends a request over a stream of the overlay and waits for the beginning of its answer. */
export function ask(
  connection: EdgeConnection,
  asked: { readonly method: string; readonly path: string; readonly rawHeaders: readonly string[] },
  { service }: Entry,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { method, path, rawHeaders } = asked
    const headers = requestHeaders(rawHeaders, service)
    // Node's type has objects only, but a flat list is what it takes to keep order, case and repetitions.
    const flat = headers as unknown as Record<string, string>
    const sent = request({
      createConnection: () => connection,
      method,
      path,
      headers: flat,
      setHost: false,
      maxHeaderSize,
    })
    sent.on('response', resolve)
    sent.on('error', reject)
    sent.end()
  })
}

/** Hands an answer on to the client as it is, apart from what is about one connection only. Returns the bytes of the body. */
export async function relay(
  answer: IncomingMessage,
  response: ServerResponse,
  options: {
    readonly entry: Entry
    readonly host: string
    readonly limit: number
    readonly budget: Budget
    readonly count: (n: number) => void
  },
): Promise<void> {
  const { entry, host, limit, budget, count } = options
  const length = Number(answer.headers['content-length'] ?? 0)
  if (length > limit) throw tooLarge(entry, limit)
  const headers = endToEnd(pairsOf(answer.rawHeaders)).flatMap(([name, value]) => [
    name,
    name.toLowerCase() === 'location' ? redirect(value, entry, host) : value,
  ])
  response.sendDate = false
  response.writeHead(answer.statusCode ?? 502, asReasonPhrase(answer.statusMessage ?? ''), headers)
  let bytes = 0
  const measured = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      count(chunk.length)
      done(bytes > limit ? tooLarge(entry, limit) : null, chunk)
    },
  })
  await pipeline(answer, measured, response, { signal: budget.signal })
}

function redirect(location: string, entry: Entry, host: string): string {
  const within = redirectWithin(location, [entry.service, host])
  if (within !== undefined) return within
  throw new Refusal(502, 'forbidden', `${nameOf(entry)} redirects to another host, which is refused`)
}

function tooLarge(entry: Entry, limit: number): Refusal {
  return new Refusal(502, 'too-large', `${nameOf(entry)} answers with more than ${limit} bytes`)
}
