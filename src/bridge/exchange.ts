import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { type IncomingMessage, request } from 'node:http'
import type { BridgeAgent, Dial } from './agent.js'
import { asReasonPhrase, Refusal } from './answers.js'
import type { Budget } from './budget.js'
import { endToEnd, pairsOf, redirectWithin, requestHeaders } from './headers.js'
import { nameOf } from './locate.js'
import type { Entry } from './table.js'

// Exporters send a dozen short lines; anything above this is no exporter.
const maxHeaderSize = 32 * 1024

export type Asking = {
  readonly agent: BridgeAgent
  readonly entry: Entry
  readonly budget: Budget
  /** Makes a connection, when none is kept. */
  readonly dial: Dial
  readonly method: string
  readonly path: string
  readonly rawHeaders: readonly string[]
}

/** The beginning of an answer, and whether it came over a connection that was there already. */
export type Asked = { readonly answer: IncomingMessage; readonly reused: boolean }

/**
 * Sends a request over a connection that is kept, or a new one, and waits for the beginning of its answer. A kept one may have
 * ended without anybody knowing: then the request, which only reads, is sent once more, over a new one.
 */
export async function askKept(asking: Asking): Promise<Asked> {
  const first = send(asking)
  try {
    return { answer: await first.answer, reused: first.isReused() }
  } catch (error) {
    if (!first.isReused() || asking.budget.signal.aborted) throw error
    asking.agent.dropIdle(asking.entry.host)
    return { answer: await send(asking).answer, reused: false }
  }
}

function send({ agent, entry, budget, dial, method, path, rawHeaders }: Asking) {
  // Node's type has objects only, but a flat list is what it takes to keep order, case and repetitions.
  const headers = requestHeaders(rawHeaders, entry.service) as unknown as Record<string, string>
  const options = { agent, host: entry.host, dial, method, path, headers, setHost: false, maxHeaderSize }
  const sent = request(options)
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    sent.on('response', resolve)
    sent.on('error', reject)
  })
  sent.end()
  const answer = budget.within(answered).catch(error => {
    sent.destroy()
    throw error
  })
  return { answer, isReused: () => sent.reusedSocket }
}

export type RelayOptions = {
  readonly entry: Entry
  /** As the client called the target. */
  readonly host: string
  readonly limit: number
  readonly budget: Budget
  /** Told of every piece of the body. */
  readonly count: (bytes: number) => void
}

/**
 * Hands an answer on to the client as it is, apart from what is about one connection only. Nothing is sent before the body
 * begins: until then a failure can still be told.
 */
export async function relay(answer: IncomingMessage, response: ServerResponse, options: RelayOptions): Promise<void> {
  const { entry, host, limit, budget, count } = options
  // What breaks it is thrown by the reading, too.
  answer.on('error', () => undefined)
  if (Number(answer.headers['content-length'] ?? 0) > limit) throw tooLarge(entry, limit)
  const headers = endToEnd(pairsOf(answer.rawHeaders)).flatMap(([name, value]) => [
    name,
    name.toLowerCase() === 'location' ? redirect(value, entry, host) : value,
  ])
  const pieces: AsyncIterator<Buffer> = answer[Symbol.asyncIterator]()
  let piece = await budget.within(pieces.next())
  response.sendDate = false
  response.writeHead(answer.statusCode ?? 502, asReasonPhrase(answer.statusMessage ?? ''), headers)
  for (let bytes = 0; piece.done !== true; piece = await budget.within(pieces.next())) {
    bytes += piece.value.length
    count(piece.value.length)
    if (bytes > limit) throw tooLarge(entry, limit)
    if (!response.write(piece.value)) await budget.within(once(response, 'drain'))
  }
  response.end()
}

function redirect(location: string, entry: Entry, host: string): string {
  const within = redirectWithin(location, [entry.service, host])
  if (within !== undefined) return within
  throw new Refusal(502, 'forbidden', `${nameOf(entry)} redirects to another host, which is refused`)
}

function tooLarge(entry: Entry, limit: number): Refusal {
  return new Refusal(502, 'too-large', `${nameOf(entry)} answers with more than ${limit} bytes`)
}
