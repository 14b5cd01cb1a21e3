import { createHash, randomBytes } from 'node:crypto'
import { AuthError, ControllerError } from '../errors.js'
import { asRaw, type Raw } from '../kinds/index.js'
import { describeFailure, isTransient } from './failure.js'
import type { Http, HttpAnswer } from './http.js'
import { readClaims } from './jwt.js'
import type { Login, Session } from './port.js'
import { codeRefused, demandCode, proofOf } from './proof.js'
import { describeRefusal } from './refusal.js'

type OidcOptions = {
  readonly url: string
  readonly http: Pick<Http, 'send'>
  readonly login: Login
  readonly now: () => number
  readonly extra?: Readonly<Record<string, unknown>>
}

const clientId = 'openziti'
// Nothing listens there: the code is taken from the redirect itself. Controllers take any port of localhost.
const redirectUri = 'http://localhost:8080/auth/callback'
const form = { 'content-type': 'application/x-www-form-urlencoded' }

/**
 * Logs in by OpenID Connect at the controller itself (authorization code with PKCE; from 1.6 on). Redirects are read, never
 * followed to another host. Throws AuthError when the login is refused, ControllerError otherwise.
 */
export async function logInByOidc(options: OidcOptions): Promise<Session> {
  const [verifier, state] = [randomText(), randomText()]
  const id = await authorize(options, verifier, state)
  let answer = await prove(options, id)
  if (answer.status === 200) answer = await proveCode(options, id, answer)
  const code = await takeCode(options, answer, state)
  const fields = { grant_type: 'authorization_code', client_id: clientId, code, code_verifier: verifier }
  const tokens = await askForTokens(options.http, { ...fields, redirect_uri: redirectUri })
  if (tokens.status === 200) return readTokens(tokens, options.now())
  throw unexpected(options.url, tokens, '/oidc/oauth/token')
}

/** A new bearer token for the same session; undefined when it has no refresh token, or one that is not taken (any more). */
export async function refreshBearer(
  { http, url, now }: Pick<OidcOptions, 'http' | 'url' | 'now'>,
  { refreshToken }: Session,
): Promise<Session | undefined> {
  if (refreshToken === undefined) return undefined
  const fields = { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: clientOf(refreshToken) }
  const answer = await askForTokens(http, fields)
  if (answer.status === 200) return { refreshToken, ...readTokens(answer, now()) }
  if (isTransient(answer.status)) throw describeFailure(url, answer.status, answer.body, tokenEndpoint)
  return undefined
}

const tokenEndpoint = { method: 'POST', path: '/oidc/oauth/token' } as const

async function authorize({ url, http }: OidcOptions, verifier: string, state: string): Promise<string> {
  const query = new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    scope: 'openid offline_access',
    state,
    nonce: randomText(),
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    redirect_uri: redirectUri,
  })
  const answer = await http.send({ method: 'GET', path: `/oidc/authorize?${query}` })
  const id = locationOf(url, answer)?.searchParams.get('authRequestID')
  if (id) return id
  if (answer.status === 404) throw withoutOidc(url)
  throw unexpected(url, answer, '/oidc/authorize', 'GET')
}

async function prove({ url, http, login, now, extra = {} }: OidcOptions, id: string): Promise<HttpAnswer> {
  const { body, headers, token } = await proofOf(login)
  const path = `/oidc/login/${login.method}`
  const answer = await http.send({ method: 'POST', path, body: { ...body, ...extra, id }, ...(headers && { headers }) })
  if (answer.status === 302 || (answer.status === 200 && wantsMore(answer))) return answer
  // 1.6 answers a wrong password with its login page.
  if (answer.status === 200 || answer.status === 401 || answer.status === 400)
    throw describeRefusal({ url, login, token, challenge: answer.headers['www-authenticate'], now: now() })
  throw unexpected(url, answer, path)
}

async function proveCode({ url, http, login }: OidcOptions, id: string, asked: HttpAnswer): Promise<HttpAnswer> {
  const isCode = queriesOf(asked).every(({ typeId, isTotpEnrolled }) => typeId === 'TOTP' && isTotpEnrolled !== false)
  if (!isCode) throw furtherProof(url, login)
  const path = '/oidc/login/totp'
  const answer = await http.send({ method: 'POST', path, body: { id, code: await demandCode(url, login) } })
  if (answer.status === 302) return answer
  if (answer.status === 200 || answer.status === 400 || answer.status === 401) throw codeRefused(url, login)
  throw unexpected(url, answer, path)
}

// The way back to the client: once to the controller itself, then to where the client would listen, with the code.
async function takeCode({ url, http }: OidcOptions, answer: HttpAnswer, state: string): Promise<string> {
  const back = locationOf(url, answer)
  if (back === undefined) throw unexpected(url, answer, '/oidc/login')
  const path = `${back.pathname}${back.search}`
  const last = await http.send({ method: 'GET', path })
  const target = locationOf(url, last)?.searchParams
  const code = target?.get('code')
  if (code && target?.get('state') === state) return code
  throw unexpected(url, last, back.pathname, 'GET')
}

function askForTokens(http: Pick<Http, 'send'>, fields: Readonly<Record<string, string>>): Promise<HttpAnswer> {
  return http.send({ ...tokenEndpoint, body: new URLSearchParams(fields).toString(), headers: form })
}

function readTokens({ body }: HttpAnswer, now: number): Session {
  const { access_token: token, refresh_token: refreshToken, expires_in: seconds } = asRaw(body, 'tokens')
  if (typeof token !== 'string' || token === '') {
    throw new ControllerError('unexpected answer: no access token', { ...tokenEndpoint, retryable: false })
  }
  const expiresAt = now + (typeof seconds === 'number' ? seconds : 1800) * 1000
  return { token, expiresAt, kind: 'bearer', ...(typeof refreshToken === 'string' && { refreshToken }) }
}

// Tokens of another client, such as ziti itself, are renewed in its name.
function clientOf(token: string): string {
  const client = readClaims(token)?.client_id
  return typeof client === 'string' ? client : clientId
}

/** The API session that a bearer token of a controller is of; undefined when it does not say. */
export function apiSessionOf(token: string): string | undefined {
  const id = readClaims(token)?.z_asid
  return typeof id === 'string' ? id : undefined
}

function wantsMore(answer: HttpAnswer): boolean {
  return answer.headers['totp-required'] === 'true' || queriesOf(answer).length > 0
}

function queriesOf({ body }: HttpAnswer): Raw[] {
  const queries = typeof body === 'object' && body !== null && 'authQueries' in body ? body.authQueries : undefined
  return Array.isArray(queries) ? queries.map(query => asRaw(query, 'authQuery')) : []
}

function locationOf(url: string, { status, headers }: HttpAnswer): URL | undefined {
  const { location } = headers
  return status === 302 && typeof location === 'string' && URL.canParse(location, url)
    ? new URL(location, url)
    : undefined
}

function randomText(): string {
  return randomBytes(32).toString('base64url')
}

/** That a controller makes no bearer tokens. */
export class WithoutOidc extends ControllerError {}

function withoutOidc(url: string): WithoutOidc {
  return new WithoutOidc(
    `${url}: the controller does not offer OIDC`,
    { method: 'GET', path: '/oidc/authorize', status: 404, retryable: false },
    'controllers do from 1.6 on, under the host names of their certificate; log in without --oidc, or under another name',
  )
}

function furtherProof(url: string, { method }: Login): AuthError {
  return new AuthError(`${url}: the auth policy of this login wants more than zprom can give`, {
    controller: url,
    method,
    hint: 'a one-time code must be enrolled before (by another client); tokens as a second factor are not supported',
  })
}

function unexpected(url: string, { status, body }: HttpAnswer, path: string, method: 'GET' | 'POST' = 'POST') {
  if (status >= 400) return describeFailure(url, status, body, { method, path })
  return new ControllerError(`${url}: ${method} ${path} was answered ${status}, which is not what OIDC says`, {
    method,
    path,
    status,
    retryable: false,
  })
}
