import { EdgeError, type EdgeFault } from '../edge/index.js'
import { AuthError, ControllerError, FileError, SpecError, ZpromError } from '../errors.js'

/** Why a request did not get what it asked for: the status, a word for metrics, and what Prometheus shows as lastError. */
export type Answer = { readonly status: number; readonly reason: Reason; readonly phrase: string }

/** A small set of words, fit for a label. */
export type Reason =
  | EdgeFault
  | 'unknown'
  | 'forbidden'
  | 'busy'
  | 'too-large'
  | 'answer'
  | 'auth'
  | 'controller'
  | 'spec'
  | 'request'
  | 'client-gone'
  | 'bug'

/** Ends the handling of a request with an answer. */
export class Refusal extends Error {
  readonly answer: Answer
  constructor(status: number, reason: Reason, phrase: string) {
    super(phrase)
    this.answer = { status, reason, phrase: `zprom: ${phrase}` }
  }
}

/**
 * What to answer for whatever was thrown while `what` (a service, perhaps with its identity) was asked for; once its answer has
 * begun it is for the log alone.
 */
export function answerFor(error: unknown, what: string, hasBegun = false): Answer {
  if (error instanceof Refusal) return error.answer
  if (error instanceof EdgeError) return edgeAnswer(error, what)
  if (error instanceof AuthError) return answer(502, 'auth', 'the controller refuses the identity of the bridge')
  if (error instanceof ControllerError)
    return answer(502, 'controller', `the controller can't be asked (${error.message})`)
  // Both say which file.
  if (error instanceof SpecError || error instanceof FileError)
    return answer(500, 'spec', `the spec can't be read: ${error.message}`)
  const code = codeOf(error)
  if (code?.startsWith('HPE_') === true) return answer(502, 'answer', `what ${what} answers is not HTTP (${code})`)
  const when = hasBegun ? 'in the middle of its answer' : 'before it answered'
  if (code !== undefined) return answer(502, 'answer', `${what} broke off ${when} (${code})`)
  return answer(500, 'bug', 'something is wrong in the bridge, see its log')
}

function answer(status: number, reason: Reason, phrase: string): Answer {
  return { status, reason, phrase: `zprom: ${phrase}` }
}

// The text of an EdgeError is free of tokens and keys already.
function edgeAnswer({ fault, message }: EdgeError, what: string): Answer {
  switch (fault) {
    case 'denied':
      return answer(403, fault, `the bridge's identity may not dial it: ${message}`)
    case 'no-terminator':
      return answer(502, fault, message)
    case 'host':
      return answer(502, fault, message)
    case 'timeout':
      return answer(504, fault, `${what} was not reached in time: ${message}`)
    case 'unreachable':
    case 'session':
    case 'encryption':
    case 'protocol':
    case 'closed':
      return answer(502, fault, message)
  }
}

/** A text as a reason phrase: ASCII, one line, short. Prometheus shows it to everybody who may see its targets. */
export function asReasonPhrase(text: string): string {
  // What nearly all are.
  if (text === 'OK') return text
  const line = text
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/\u2026/g, '...')
    .replace(/[^\x20-\x7e]+/g, ' ')
    .replace(/ {2,}/g, ' ')
    .trim()
  return line.length <= longest ? line : `${line.slice(0, longest - 3)}...`
}

const longest = 148

function codeOf(error: unknown): string | undefined {
  // Our own errors have codes of their own.
  if (error instanceof ZpromError) return undefined
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
