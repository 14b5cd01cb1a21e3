import { ControllerError } from '../errors.js'
import { asRaw, type Raw, record, text } from '../kinds/index.js'
import type { VisibleService } from '../model/check.js'
import {
  type Credentials,
  createClientHttp,
  loginBody,
  loginPath,
  pageSize,
  refused,
  servicesPath,
} from './client-http.js'
import { describeFailure } from './failure.js'
import { readVisibleService } from './visible.js'

/**
 * The services that the controller shows to an identity itself: log-in by certificate, list, log-out (3 requests).
 * Throws AuthError when the certificate is refused, ControllerError otherwise.
 */
export function fetchServicesAs(
  credentials: Credentials,
  timeoutMs: number,
  onRequest: () => void = () => undefined,
): Promise<VisibleService[]> {
  return asIdentity(credentials, timeoutMs, onRequest, async get => {
    const services: VisibleService[] = []
    for (let offset = 0; ; offset += pageSize) {
      const page = servicesIn((await get(servicesPath(offset))).data)
      services.push(...page)
      if (page.length < pageSize) return services
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
  timeoutMs: number,
  onRequest: () => void,
): Promise<Glance> {
  return asIdentity(credentials, timeoutMs, onRequest, async get => {
    const count = countIn(credentials.url, await get('/services?limit=1'))
    if (names.length === 0) return { count, services: [] }
    const filter = `name in [${names.map(name => JSON.stringify(name)).join(', ')}] limit none`
    const { data } = await get(`/services?${new URLSearchParams({ filter })}`)
    return { count, services: servicesIn(data) }
  })
}

function countIn(url: string, { meta }: Raw): number {
  const { totalCount } = record(asRaw(meta, 'answer.meta'), 'pagination', 'answer.meta')
  if (typeof totalCount === 'number') return totalCount
  throw new ControllerError(
    `${url}: the list of services does not say how many they are`,
    { method: 'GET', path: '/services', retryable: false },
    'is this an OpenZiti controller?',
  )
}

function servicesIn(data: unknown): VisibleService[] {
  return Array.isArray(data) ? data.map(raw => readVisibleService(asRaw(raw, 'service'))) : []
}

async function asIdentity<T>(
  credentials: Credentials,
  timeoutMs: number,
  onRequest: () => void,
  use: (get: (path: string) => Promise<Raw>) => Promise<T>,
): Promise<T> {
  const http = createClientHttp(credentials, timeoutMs, 1)
  const send = async (method: 'GET' | 'POST' | 'DELETE', path: string, token?: string, body?: object): Promise<Raw> => {
    onRequest()
    const { status, data, where } = await http.send(method, path, body, token)
    if (status === 401) throw refused(credentials)
    if (status !== 200) throw describeFailure(credentials.url, status, data, where)
    return asRaw(data, 'answer')
  }
  try {
    const login = await send('POST', loginPath, undefined, loginBody)
    const token = text(record(login, 'data', 'login'), 'token', 'login')
    const found = await use(path => send('GET', path, token))
    await send('DELETE', '/current-api-session', token)
    return found
  } finally {
    http.close()
  }
}
