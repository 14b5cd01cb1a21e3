import type { IncomingMessage, ServerResponse } from 'node:http'
import { silenceOf } from '../edge/index.js'
import { asReasonPhrase, Refusal } from './answers.js'
import type { Budget } from './budget.js'
import { endToEnd, redirectWithin } from './headers.js'
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
  const headers = endToEnd(answer.rawHeaders)
  for (let at = 0; at < headers.length; at += 2)
    if (headers[at]?.toLowerCase() === 'location') headers[at + 1] = redirect(headers[at + 1] ?? '', entry, host)
  const begin = () => {
    response.sendDate = false
    response.writeHead(answer.statusCode ?? 502, asReasonPhrase(answer.statusMessage ?? ''), headers)
  }
  await budget.within(pass(answer, response, { begin, limit, count, tooLarge: () => tooLarge(entry, limit) }))
}

type Passing = Pick<RelayOptions, 'limit' | 'count'> & {
  /** Called once, when the body begins or has none. */
  readonly begin: () => void
  readonly tooLarge: () => Refusal
}

// By its events, and by few of them: what reads a stream piece by piece, or listens for all that can befall one, costs a scrape
// more than all else that is done with its pieces.
function pass(answer: IncomingMessage, response: ServerResponse, { begin, limit, count, tooLarge }: Passing) {
  const silence = silenceOf(answer)
  return new Promise<void>((resolve, reject) => {
    let bytes = 0
    const fail = (error: unknown) => {
      silence.ends()
      answer.pause()
      reject(error)
    }
    // What a listener throws would end the whole bridge.
    const attempt = (work: () => void) => {
      try {
        work()
      } catch (error) {
        fail(error)
      }
    }
    const take = (piece: Buffer) => {
      if (bytes === 0) begin()
      bytes += piece.length
      count(piece.length)
      if (bytes > limit) throw tooLarge()
      if (response.write(piece)) return silence.begins()
      answer.pause()
      response.once('drain', () => {
        silence.begins()
        answer.resume()
      })
    }
    const end = () => {
      if (bytes === 0) begin()
      response.end()
      resolve()
    }
    answer.on('data', (piece: Buffer) => {
      silence.ends()
      attempt(() => take(piece))
    })
    answer.on('end', () => {
      silence.ends()
      attempt(end)
    })
    answer.on('error', fail)
    const closed = () => {
      if (answer.readableEnded) return
      fail(answer.errored ?? Object.assign(new Error('closed before its end'), { code: 'ERR_STREAM_PREMATURE_CLOSE' }))
    }
    answer.on('close', closed)
    silence.begins()
    // What came together with its head has happened by now, and nobody tells it twice.
    if (answer.destroyed) closed()
  })
}

function redirect(location: string, entry: Entry, host: string): string {
  const within = redirectWithin(location, [entry.service, host])
  if (within !== undefined) return within
  throw new Refusal(502, 'forbidden', `${nameOf(entry)} redirects to another host, which is refused`)
}

function tooLarge(entry: Entry, limit: number): Refusal {
  return new Refusal(502, 'too-large', `${nameOf(entry)} answers with more than ${limit} bytes`)
}
