import { ControllerError } from '../errors.js'
import { asRaw, decodeFrom, type Raw, record, text, texts } from '../kinds/index.js'
import {
  type ClientHttp,
  type Credentials,
  endless,
  maxServices,
  pageSize,
  refused,
  servicesPath,
} from './client-http.js'
import { type Cluster, createClientNodes } from './client-nodes.js'
import { describeFailure } from './failure.js'
import { holdSession } from './held-session.js'
import { canBeClustered, membersPath, readMembers } from './members.js'
import { refreshBearer } from './oidc.js'
import { interceptsOf } from './visible.js'

/** A service as the client API shows it to an identity. */
export type ClientService = {
  readonly id: string
  readonly name: string
  readonly encryptionRequired: boolean
  readonly permissions: readonly ('Bind' | 'Dial')[]
  readonly intercepts: readonly string[]
  readonly dialIdentity: string | undefined
  readonly isUdp: boolean
  readonly host: Raw | undefined
}

/**
 * The client API as one identity: logs in by certificate when it must, once more when the session has ended. A bearer token
 * is renewed before it is over. When a controller of a cluster is lost, the next takes its place.
 */
export type IdentitySession = {
  readonly identity: string
  /** The token of the API session. A secret. */
  token(): Promise<string>
  /** Forgets a session that was not accepted elsewhere; one that is newer stays. */
  renew(rejected: string): void
  /** Calls when a token took the place of another of the same session. Secrets. */
  onRenewal(listener: (before: string, after: string) => void): void
  services(): Promise<ClientService[]>
  /** Name of the identity as the controller has it. */
  whoAmI(): Promise<string>
  /** The service session and the TLS URLs of its routers; undefined without the right. */
  session(serviceId: string, type: 'Dial' | 'Bind'): Promise<{ token: string; routers: string[] } | undefined>
  end(): Promise<void>
}

/** Times in milliseconds; `now` is since the epoch. */
export type IdentitySessionOptions = {
  readonly timeoutMs: number
  readonly now: () => number
  /** All controllers that know the identity; what they tell of others is added. */
  readonly cluster: Cluster
}

/** Opens the client API as an identity; nothing is sent before it is needed. Throws AuthError, ControllerError. */
export function createIdentitySession(
  credentials: Credentials,
  { timeoutMs, now, cluster }: IdentitySessionOptions,
): IdentitySession {
  const { name } = credentials
  const nodes = createClientNodes(credentials, cluster, { timeoutMs, parallel: 4 })
  const listeners: ((before: string, after: string) => void)[] = []
  const held = holdSession({
    logIn: () => nodes.use(client => client.logIn(now)),
    refresh: session => nodes.use(({ http, url }) => refreshBearer({ http, url, now }, session)),
    now,
    onRenewal: (before, after) => {
      for (const listener of listeners) listener(before, after)
    },
  })

  // Knowing the others is a provision for later: nobody waits for it, and what goes wrong with it is no reason to stop.
  let hasAsked = false
  const learn = async ({ send }: ClientHttp) => {
    hasAsked = true
    const { status, data } = await send('GET', membersPath, undefined, await held.current())
    cluster.add(readMembers({ status, body: data }, 'edge-client'))
  }

  // A session that ended is made anew once; a second refusal is told. One of another controller has ended, too, at this one.
  const authorized = (method: 'GET' | 'POST', path: string, body?: object) =>
    nodes.use(async client => {
      const { url, send } = client
      const first = await held.current()
      const answer = await send(method, path, body, first)
      if (!hasAsked && canBeClustered(answer.version)) learn(client).catch(() => undefined)
      if (answer.status !== 401) return { ...answer, url }
      held.forget(first.token)
      const again = await send(method, path, body, await held.current())
      if (again.status === 401) throw refused({ ...credentials, url })
      return { ...again, url }
    })

  const services = async (): Promise<ClientService[]> => {
    const found: ClientService[] = []
    for (let offset = 0; ; offset += pageSize) {
      const { url, status, data, where } = await authorized('GET', servicesPath(offset))
      if (status !== 200) throw describeFailure(url, status, data, where)
      const source = { url, ...where }
      const page = decodeFrom(source, 'answer', data, raw => raw.data)
      if (!Array.isArray(page)) throw notAList(source)
      found.push(...page.map(one => decodeFrom(source, 'service', one, readService)))
      if (page.length < pageSize) return found
      if (found.length > maxServices) throw endless(url)
    }
  }

  const whoAmI = async (): Promise<string> => {
    const { url, status, data, where } = await authorized('GET', '/current-identity')
    if (status !== 200) throw describeFailure(url, status, data, where)
    const nameIn = (raw: Raw) => text(record(raw, 'data', 'identity'), 'name', 'identity')
    return decodeFrom({ url, ...where }, 'answer', data, nameIn)
  }

  const session = async (serviceId: string, type: 'Dial' | 'Bind') => {
    const { url, status, data, where } = await authorized('POST', '/sessions', { serviceId, type })
    // 404: no access at all; 400: access, but of the other type.
    if (status === 404 || (status === 400 && /service not found/.test(JSON.stringify(data)))) return undefined
    if (status !== 200 && status !== 201) throw describeFailure(url, status, data, where)
    return decodeFrom({ url, ...where }, 'answer', data, raw => readServiceSession(record(raw, 'data', 'session')))
  }

  // A bearer token is known to nobody else, and ends by itself: the controller takes none back but from administrators.
  const end = async () => {
    const last = await held.end()
    try {
      const path = '/current-api-session'
      if (last !== undefined && last.kind !== 'bearer')
        await nodes.use(client => client.send('DELETE', path, undefined, last))
    } finally {
      nodes.close()
    }
  }

  return {
    identity: name,
    token: async () => (await held.current()).token,
    renew: held.forget,
    onRenewal: listener => void listeners.push(listener),
    services,
    whoAmI,
    session,
    end,
  }
}

function readService(raw: Raw): ClientService {
  const config = record(raw, 'config', 'service')
  const host = record(config, 'host.v1', 'service.config')
  const intercept = record(config, 'intercept.v1', 'service.config')
  const { identity } = record(intercept, 'dialOptions', 'intercept.v1')
  const protocols = texts(intercept, 'protocols', 'intercept.v1')
  return {
    id: text(raw, 'id', 'service'),
    name: text(raw, 'name', 'service'),
    encryptionRequired: raw.encryptionRequired === true,
    permissions: texts(raw, 'permissions', 'service').filter(item => item === 'Bind' || item === 'Dial'),
    intercepts: interceptsOf(intercept),
    dialIdentity: typeof identity === 'string' && identity !== '' ? identity : undefined,
    isUdp: protocols.includes('udp') && !protocols.includes('tcp'),
    host: Object.keys(host).length === 0 ? undefined : host,
  }
}

function readServiceSession(raw: Raw): { token: string; routers: string[] } {
  const routers = Array.isArray(raw.edgeRouters) ? raw.edgeRouters.map(router => asRaw(router, 'edgeRouter')) : []
  return { token: text(raw, 'token', 'session'), routers: routers.flatMap(tlsUrl) }
}

// A router may listen for other protocols as well, or, while it starts, for none.
function tlsUrl(router: Raw): string[] {
  const { tls } = record(router, 'supportedProtocols', 'edgeRouter')
  return typeof tls === 'string' ? [tls] : []
}

function notAList({ url, method, path }: { url: string; method: string; path: string }): ControllerError {
  const message = `${url}: unexpected answer to ${method} ${path}: the services are no list`
  return new ControllerError(message, { method, path, retryable: false })
}
