import { ControllerError } from '../errors.js'
import { asRaw, decodeFrom, type Raw, record } from '../kinds/index.js'
import type { VisibleService } from '../model/check.js'
import {
  type ClientHttp,
  type Credentials,
  endless,
  maxServices,
  pageSize,
  refused,
  servicesPath,
} from './client-http.js'
import { createClientNodes, createCluster } from './client-nodes.js'
import { describeFailure } from './failure.js'
import { namedFilter, wholeQuery } from './filters.js'
import { readVisibleService } from './visible.js'

/** How an identity asks; times in milliseconds, `now` since the epoch. */
export type FetchAsOptions = {
  readonly timeoutMs: number
  readonly now: () => number
  /** Told of each request. */
  readonly onRequest?: () => void
}

/**
 * The services that the controller shows to an identity itself: log-in by certificate, list, log-out (3 requests; by OIDC
 * more, and no log-out, for what is not used any more ends by itself). Throws AuthError when the certificate is refused,
 * ControllerError otherwise.
 */
export function fetchServicesAs(credentials: Credentials, options: FetchAsOptions): Promise<VisibleService[]> {
  return asIdentity(credentials, options, async (get, url) => {
    const services: VisibleService[] = []
    for (let offset = 0; ; offset += pageSize) {
      const page = servicesIn(url, await get(servicesPath(offset)))
      services.push(...page)
      if (page.length < pageSize) return services
      if (services.length > maxServices) throw endless(url)
    }
  })
}

/** How many services an identity sees, and some of them. */
export type Glance = { readonly count: number; readonly services: readonly VisibleService[] }

/**
 * How many they are, and those of some names: a fraction of the work for the controller when they are hundreds (4 requests,
 * one less without names). Throws the same.
 */
export function glanceAtServicesAs(
  credentials: Credentials,
  names: readonly string[],
  options: FetchAsOptions,
): Promise<Glance> {
  return asIdentity(credentials, options, async (get, url) => {
    const count = countIn(url, await get('/services?limit=1'))
    if (names.length === 0) return { count, services: [] }
    const named = await get(`/services?${wholeQuery(namedFilter(names))}`)
    return { count, services: servicesIn(url, named) }
  })
}

function countIn(url: string, answer: Raw): number {
  const pagination = ({ meta }: Raw) => record(asRaw(meta, 'answer.meta'), 'pagination', 'answer.meta')
  const { totalCount } = decodeFrom({ url, path: '/services' }, 'answer', answer, pagination)
  if (typeof totalCount === 'number') return totalCount
  throw new ControllerError(
    `${url}: the list of services does not say how many they are`,
    { method: 'GET', path: '/services', retryable: false },
    'is this an OpenZiti controller?',
  )
}

function servicesIn(url: string, { data }: Raw): VisibleService[] {
  const source = { url, path: '/services' }
  return Array.isArray(data) ? data.map(one => decodeFrom(source, 'service', one, readVisibleService)) : []
}

async function asIdentity<T>(
  credentials: Credentials,
  { timeoutMs, now, onRequest = () => undefined }: FetchAsOptions,
  use: (get: (path: string) => Promise<Raw>, url: string) => Promise<T>,
): Promise<T> {
  const cluster = createCluster([credentials.url, ...(credentials.others ?? [])])
  const nodes = createClientNodes(credentials, cluster, { timeoutMs, parallel: 1, onRequest })
  const once = async ({ url, logIn, send: sendTo }: ClientHttp) => {
    const session = await logIn(now)
    const send = async (method: 'GET' | 'DELETE', path: string): Promise<Raw> => {
      const { status, data, where } = await sendTo(method, path, undefined, session)
      if (status === 401) throw refused({ ...credentials, url })
      if (status !== 200) throw describeFailure(url, status, data, where)
      return decodeFrom({ url, ...where }, 'answer', data, raw => raw)
    }
    const found = await use(path => send('GET', path), url)
    if (session.kind !== 'bearer') await send('DELETE', '/current-api-session')
    return found
  }
  try {
    return await nodes.use(once)
  } finally {
    nodes.close()
  }
}
