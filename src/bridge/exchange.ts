import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { bodyOf } from '../edge/index.js'
import { asReasonPhrase, Refusal } from './answers.js'
import type { Budget } from './budget.js'
import { endToEnd, pairsOf, redirectWithin } from './headers.js'
import { nameOf } from './locate.js'
import type { Entry } from './table.js'

/** Whose answer is handed on, how long it may be and take, and who counts it. */
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
  const pieces = bodyOf(answer)
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
