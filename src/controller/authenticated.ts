import { AuthError } from '../errors.js'
import { describeFailure } from './failure.js'
import { type HttpAnswer, type HttpRequest, withoutQuery } from './http.js'
import { managementPath, notLoggedIn } from './login.js'
import { apiSessionOf } from './oidc.js'
import type { Session } from './port.js'
import type { Sessions } from './session.js'
import { sessionHeader } from './session-header.js'

// Answered 200 for any session that lasts, whatever it may do.
const probe: HttpRequest = { method: 'GET', path: `${managementPath}/current-identity` }

/**
 * Sends with the session in use, once more with a new one when that has ended. Throws AuthError: without a right, or without
 * any way to a session; ControllerError when neither can be told.
 */
export async function sendAuthenticated(
  { url, advice }: { readonly url: string; readonly advice?: string | undefined },
  send: (request: HttpRequest) => Promise<HttpAnswer>,
  sessions: Sessions,
  request: HttpRequest,
): Promise<HttpAnswer> {
  const session = await sessions.current()
  const answer = await send(withToken(request, session))
  if (answer.status !== 401) return answer
  // 401 means either: this session is over, or this login has not the right. Only another request can tell.
  const answered = await send(withToken(probe, session))
  if (answered.status === 200) throw missingRight(url, request, session)
  if (answered.status !== 401) throw describeFailure(url, answered.status, answered.body, probe)
  const fresh = await sessions.renew(session)
  const again = await send(withToken(request, fresh))
  if (again.status !== 401) return again
  const second = await send(withToken(probe, fresh))
  if (second.status === 200) throw missingRight(url, request, fresh)
  if (second.status === 401) throw notLoggedIn(url, advice)
  throw describeFailure(url, second.status, second.body, probe)
}

/** A request that shows a session. */
export function withToken(request: HttpRequest, session: Session): HttpRequest {
  return { ...request, headers: { ...request.headers, ...sessionHeader(session) } }
}

/** Ends a bearer token: controllers revoke from 2.x on, for administrators; otherwise it ends when it says. */
export async function revoke(session: Session, send: (request: HttpRequest) => Promise<HttpAnswer>): Promise<void> {
  const id = apiSessionOf(session.token)
  if (id === undefined) return
  const body = { id, type: 'API_SESSION' }
  await send(withToken({ method: 'POST', path: `${managementPath}/revocations`, body }, session))
}

function missingRight(url: string, { method, path }: HttpRequest, { kind }: Session): AuthError {
  return new AuthError(`${url}: this login may not ${method} ${withoutQuery(path)}`, {
    controller: url,
    method: kind ?? 'zt-session',
    hint: 'log in as an administrator: the login works, but lacks the right',
  })
}
