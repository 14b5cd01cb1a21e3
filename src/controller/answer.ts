import { asRaw, type Raw } from '../kinds/index.js'
import { describeFailure, isEnveloped } from './failure.js'
import { type HttpAnswer, withoutQuery } from './http.js'

/** The document of an answer; throws ControllerError for a failure. */
export function dataOf(url: string, answer: HttpAnswer, request: { method: string; path: string }): Raw {
  const where = { method: request.method, path: withoutQuery(request.path) }
  if (answer.status >= 200 && answer.status < 300 && isEnveloped(answer.body)) return asRaw(answer.body, 'answer')
  throw describeFailure(url, answer.status, answer.body, where)
}
