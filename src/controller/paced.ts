import { ControllerError } from '../errors.js'
import type { Http, HttpRequest } from './http.js'
import { createLimit } from './limit.js'
import { createLimiter, type Limiter } from './limiter.js'
import { managementPath } from './login.js'
import type { Pace } from './retry.js'

/** What paces requests. */
export type PacedOptions = {
  /** Requests in flight at most. */
  readonly parallel: number
  readonly pace: Pace
}

// Enough to keep a controller at work while it is found out how many it bears.
const writesAtFirst = 4

/**
 * Sends with as many writes in flight as the controller makes use of, by what they take, and as many reads as are allowed;
 * fewer of either after a refusal. What waits for its turn has not begun: its time limit has not either. `refuse`: throws
 * when a write whose turn has come is no longer to be sent.
 */
export function pacedSend(
  send: Http['send'],
  { parallel, pace, refuse }: PacedOptions & { readonly refuse?: (request: HttpRequest) => void },
): Http['send'] {
  const reads = createLimiter(createLimit({ ceiling: parallel, start: parallel, byLatency: false }), pace.clock)
  const writes = limitWrites({ parallel, pace })
  return request => {
    if (request.method === 'GET') return reads(kindOf(request), () => send(request), judge)
    const sendUnlessRefused = async () => {
      refuse?.(request)
      return send(request)
    }
    return writes(kindOf(request), sendUnlessRefused, judge)
  }
}

/** The same for what is no request of the adapter, such as an enrolment: runs it in turn. */
export function pacedCalls(
  options: PacedOptions,
): <T extends { readonly status: number }>(call: () => Promise<T>) => Promise<T> {
  const limiter = limitWrites(options)
  return call => limiter('call', call, judge)
}

function limitWrites({ parallel, pace }: PacedOptions): Limiter {
  return createLimiter(createLimit({ ceiling: parallel, start: writesAtFirst, byLatency: true }), pace.clock)
}

// To create a policy costs a multiple of what a config costs; ids make no difference.
function kindOf({ method, path }: HttpRequest): string {
  const [collection] = path.replace(`${managementPath}/`, '').split(/[/?]/)
  return `${method} ${collection}`
}

function judge(end: { readonly value: { readonly status: number } } | { readonly error: unknown }) {
  if ('value' in end) {
    const { status } = end.value
    if (status === 429 || status === 503) return 'refused'
    return status < 300 ? 'done' : 'unclear'
  }
  const { error } = end
  const code = error instanceof ControllerError ? error.detail.networkCode : undefined
  return code === 'ETIMEDOUT' || code === 'ECONNABORTED' ? 'refused' : 'unclear'
}
