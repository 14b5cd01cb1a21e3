import { Agent } from 'node:https'
import axios, { AxiosError } from 'axios'
import { AuthError } from '../errors.js'
import { asRaw, type Raw, record, text } from '../kinds/index.js'
import type { VisibleService } from '../model/check.js'
import { describeFailure, describeNetworkFailure } from './failure.js'
import { readVisibleService } from './visible.js'

/** What it takes to log in as an identity. PEM; `key` is a secret. */
export type Credentials = {
  readonly name: string
  /** Origin of the controller's client API. */
  readonly url: string
  readonly key: string
  readonly cert: string
  readonly ca: string
}

const base = '/edge/client/v1'

/**
 * The services that the controller shows to an identity itself: log-in by certificate, list, log-out (3 requests).
 * Throws AuthError when the certificate is refused, ControllerError otherwise.
 */
export async function fetchServicesAs(
  credentials: Credentials,
  timeoutMs: number,
  onRequest: () => void = () => undefined,
): Promise<VisibleService[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: true, ...credentialsOf(credentials) })
  const client = axios.create({
    baseURL: `${credentials.url}${base}`,
    httpsAgent: agent,
    timeout: timeoutMs,
    maxRedirects: 0,
    proxy: false,
    validateStatus: () => true,
    transitional: { clarifyTimeoutError: true, silentJSONParsing: true },
  })
  const send = async (method: string, path: string, token?: string, body?: object): Promise<Raw> => {
    const where = { method, path: `${base}${path.split('?')[0]}` }
    onRequest()
    try {
      const headers = token === undefined ? {} : { 'zt-session': token }
      const { status, data } = await client.request({ method, url: path, headers, ...(body && { data: body }) })
      if (status === 401) throw refused(credentials)
      if (status !== 200) throw describeFailure(credentials.url, status, data, where)
      return asRaw(data, 'answer')
    } catch (error) {
      // The axios error holds the agent, and with it the private key: only its code goes on.
      if (error instanceof AxiosError) throw describeNetworkFailure(credentials.url, error.code ?? 'UNKNOWN', where)
      throw error
    }
  }
  try {
    const login = await send('POST', '/authenticate?method=cert', undefined, {
      configTypes: ['intercept.v1', 'host.v1'],
    })
    const token = text(record(login, 'data', 'login'), 'token', 'login')
    const services: VisibleService[] = []
    for (let offset = 0; ; offset += pageSize) {
      const { data } = await send('GET', `/services?limit=${pageSize}&offset=${offset}&sort=name`, token)
      const page = Array.isArray(data) ? data : []
      services.push(...page.map(raw => readVisibleService(asRaw(raw, 'service'))))
      if (page.length < pageSize) break
    }
    await send('DELETE', '/current-api-session', token)
    return services
  } finally {
    agent.destroy()
  }
}

// The API's largest page.
const pageSize = 500

function credentialsOf({ key, cert, ca }: Credentials) {
  return { key, cert, ca }
}

function refused({ name, url }: Credentials): AuthError {
  return new AuthError(`${url}: the certificate of identity/${name} was refused`, {
    controller: url,
    method: 'cert',
    hint: `its certificate may be replaced or out of date; enroll it again with: zprom apply --re-enroll ${name}`,
  })
}
