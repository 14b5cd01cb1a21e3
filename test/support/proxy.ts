import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Agent, createServer, request as forward } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { ClientCertificate } from '../../src/controller/index.js'
import { makeCertificate } from '../unit/enroll-certificates.js'
import type { TestOverlay } from './overlay.js'

/**
 * What becomes of one request: `reset` never reaches the controller; `lose-answer` does, and its answer is lost;
 * `cut-off` gives half of the answer's body; `hang` gives nothing; `end-session` has the controller end the session that the
 * request shows before it gets the request, and where it shows none is 401; a status is answered in the API's own form, in
 * place of the controller or, with `committed`, after it did what was asked.
 */
export type Fate =
  | 'pass'
  | 'reset'
  | 'lose-answer'
  | 'cut-off'
  | 'hang'
  | 'end-session'
  | { readonly status: 401 | 429 | 500 | 503; readonly committed?: boolean }
  /** Answers as it likes; `real` asks the controller. */
  | { readonly instead: (response: ServerResponse, real: () => Promise<RealAnswer>) => void | Promise<void> }

export type RealAnswer = { readonly incoming: IncomingMessage; readonly bytes: Buffer }

/** One request, as far as it is recorded: no headers, no query, no bodies. */
export type Seen = { readonly method: string; readonly path: string }

/** One request as it is judged: the how-manieth it is, counted from 1, its body, and whether it shows a zt-session. */
export type Asked = Seen & { readonly number: number; readonly body: Buffer; readonly hasSession: boolean }

export type FaultProxy = {
  readonly url: string
  /** PEM of the authority of its certificate. */
  readonly ca: string
  readonly seen: readonly Seen[]
  /** Requests of a method whose path ends like this. */
  count(method: string, path: string): number
  /** TCP connections that it accepted. */
  connections(): number
  /** Those of them that resumed no session of another: each costs whoever runs the server a signature. */
  handshakes(): number
  /** Those of them that are still open. It closes none of its own accord. */
  open(): number
  /** The next `times` requests of a method (`*`: any) whose path ends like this have this fate; earlier rules come first. */
  on(method: string, path: string, fate: Fate | (() => Promise<Fate>), times?: number): void
  /** An enrollment token that is spent through the proxy: it names it as the issuer, and its key signs. */
  signed(jwt: string): string
  close(): Promise<void>
}

type Rule = { readonly matches: (seen: Seen) => boolean; readonly fate: () => Promise<Fate>; left: number }

/** Two proxies before one controller, with one certificate, as two controllers of a cluster have one CA. */
export async function startTwoProxies(overlay: Parameters<typeof startProxy>[0]): Promise<[FaultProxy, FaultProxy]> {
  const identity = makeIdentity()
  return Promise.all([startProxy(overlay, undefined, identity), startProxy(overlay, undefined, identity)])
}

/**
 * A TLS reverse proxy on loopback in front of the real controller, which breaks what it is told to break: by the rules of
 * `on`, and where none is left by what `judge` says of a request. It shows the controller `certificate`, if there is one.
 */
export async function startProxy(
  overlay: Pick<TestOverlay, 'url' | 'ca'> & { readonly certificate?: ClientCertificate },
  judge: (asked: Asked) => Fate = () => 'pass',
  identity: ProxyIdentity = makeIdentity(),
): Promise<FaultProxy> {
  const { ca, cert, key, keyObject } = await identity
  const seen: Seen[] = []
  const rules: Rule[] = []
  const sockets = new Set<Duplex>()
  let connections = 0
  let handshakes = 0
  const agent = new Agent({ keepAlive: true, ca: overlay.ca, timeout: 4_000, ...overlay.certificate })
  const fateOf = async (asked: Asked): Promise<Fate> => {
    const rule = rules.find(({ matches, left }) => left > 0 && matches(asked))
    if (rule === undefined) return judge(asked)
    rule.left -= 1
    return rule.fate()
  }
  const server = createServer({ key, cert }, (request, response) => {
    const what = { method: request.method ?? '', path: (request.url ?? '').split('?')[0] ?? '' }
    const number = seen.push(what)
    const broken = () => request.socket.destroy()
    // Whatever becomes of it: a body that is left unread would hold up the connection.
    buffer(request)
      .then(async body => {
        const fate = await fateOf({ ...what, number, body, hasSession: sessionOf(request) !== undefined })
        await meet(fate, body, { request, response, agent, to: overlay.url })
      })
      .catch(broken)
  })
  server.keepAliveTimeout = 600_000
  server.on('connection', socket => {
    connections += 1
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.on('secureConnection', socket => {
    if (!socket.isSessionReused()) handshakes += 1
  })
  server.listen(0, 'localhost')
  await once(server, 'listening')
  const url = `https://localhost:${(server.address() as AddressInfo).port}`
  return {
    url,
    ca,
    signed: jwt => signAsIssuer(jwt, url, keyObject),
    seen,
    count: (method, path) => seen.filter(one => matchesRequest(one, method, path)).length,
    connections: () => connections,
    handshakes: () => handshakes,
    open: () => sockets.size,
    on: (method, path, fate, times = 1) => {
      const next = typeof fate === 'function' ? fate : async () => fate
      rules.push({ matches: one => matchesRequest(one, method, path), fate: next, left: times })
    },
    close: async () => {
      agent.destroy()
      for (const socket of sockets) socket.destroy()
      if (!server.listening) return
      server.close()
      await once(server, 'close')
    },
  }
}

function matchesRequest(seen: Seen, method: string, path: string): boolean {
  return (method === '*' || seen.method === method) && seen.path.endsWith(path)
}

type Exchange = {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly agent: Agent
  readonly to: string
}

async function meet(fate: Fate, body: Buffer, exchange: Exchange): Promise<void> {
  const { request, response } = exchange
  if (fate === 'reset') request.socket.destroy()
  if (fate === 'reset' || fate === 'hang') return
  if (fate === 'end-session') return endSession(body, exchange)
  if (typeof fate === 'object' && 'instead' in fate) return fate.instead(response, () => pass(body, plain(exchange)))
  if (typeof fate === 'object' && fate.committed !== true) return answer(response, fate.status)
  const { incoming, bytes } = await pass(body, exchange)
  if (fate === 'lose-answer') request.socket.destroy()
  else if (typeof fate === 'object') answer(response, fate.status)
  else {
    response.writeHead(incoming.statusCode ?? 502, incoming.headers)
    if (fate === 'pass') response.end(bytes)
    else response.write(bytes.subarray(0, bytes.length / 2), () => request.socket.destroy())
  }
}

// The controller itself has to say that the session is over, to this request and to all others that show it.
async function endSession(body: Buffer, exchange: Exchange): Promise<void> {
  const { request, response, agent, to } = exchange
  const session = sessionOf(request)
  if (session === undefined) return answer(response, 401)
  const url = new URL('/edge/management/v1/current-api-session', to)
  const ending = forward(url, { method: 'DELETE', agent, headers: { 'zt-session': session } })
  ending.end()
  const [{ statusCode }] = (await once(
    ending.on('response', ended => ended.resume()),
    'response',
  )) as [IncomingMessage]
  // 401: another request had it ended.
  if (statusCode !== 200 && statusCode !== 401) throw new Error(`a session could not be ended: ${statusCode}`)
  return meet('pass', body, exchange)
}

function sessionOf({ headers }: IncomingMessage): string | undefined {
  const session = headers['zt-session']
  return typeof session === 'string' ? session : undefined
}

// Whoever looks into an answer wants it unpacked.
function plain(exchange: Exchange): Exchange {
  delete exchange.request.headers['accept-encoding']
  return exchange
}

async function pass(body: Buffer, { request, agent, to }: Exchange): Promise<RealAnswer> {
  const { host: _host, ...headers } = request.headers
  const outgoing = forward(new URL(request.url ?? '/', to), { method: request.method, agent, headers })
  outgoing.end(body)
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage]
  return { incoming, bytes: await buffer(incoming) }
}

const codes = { 401: 'UNAUTHORIZED', 429: 'SERVER_TOO_MANY_REQUESTS', 500: 'UNHANDLED', 503: 'CLUSTER_NO_LEADER' }

function answer(response: ServerResponse, status: keyof typeof codes): void {
  const error = { code: codes[status], message: 'the proxy says so', requestId: 'proxy', cause: null }
  const meta = { apiEnrollmentVersion: '0.0.1', apiVersion: '0.0.1' }
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ error, meta }))
}

type ProxyIdentity = ReturnType<typeof makeIdentity>

async function makeIdentity() {
  const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const [caKey, key] = [newKey(), newKey()]
  const authority = await makeCertificate(caKey, { subject: 'CN=test proxy ca', isCa: true })
  const certificate = await makeCertificate(key, { issuer: { certificate: authority, key: caKey } })
  return {
    ca: authority.toString('pem'),
    cert: certificate.toString('pem'),
    key: key.export({ type: 'sec1', format: 'pem' }).toString(),
    keyObject: key,
  }
}

function signAsIssuer(jwt: string, iss: string, key: KeyObject): string {
  const claims = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8'))
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
  const input = `${encode({ alg: 'ES256', typ: 'JWT' })}.${encode({ ...claims, iss })}`
  return `${input}.${sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}
