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
export async function fetchServicesAs(
  credentials: Credentials,
  timeoutMs: number,
  onRequest: () => void = () => undefined,
): Promise<VisibleService[]> {
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
    const services: VisibleService[] = []
    for (let offset = 0; ; offset += pageSize) {
      const { data } = await send('GET', servicesPath(offset), token)
      const page = Array.isArray(data) ? data : []
      services.push(...page.map(raw => readVisibleService(asRaw(raw, 'service'))))
      if (page.length < pageSize) break
    }
    await send('DELETE', '/current-api-session', token)
    return services
  } finally {
    http.close()
  }
}
