import { ControllerError } from '../errors.js'
import { decodeFrom, record } from '../kinds/index.js'
import { createHttp } from './http.js'

/** What a controller says of itself without a login. */
export type ControllerVersion = {
  /** Its own word; `unknown` when the build carries none. Not for decisions. */
  readonly version: string
  /** Empty on 0.28, which has no such member. */
  readonly capabilities: readonly string[]
  /** Names of the APIs it serves, such as `edge-management`. */
  readonly apis: readonly string[]
}

/** What any controller answers without a session. */
export const versionRequest = { method: 'GET', path: '/edge/management/v1/version' } as const

/** Asks a controller what it is; throws ControllerError when it is unreachable, untrusted or something else. */
export async function fetchVersion(options: {
  url: string
  ca: string | undefined
  timeoutMs: number
}): Promise<ControllerVersion> {
  const http = createHttp({ ...options, parallel: 1 })
  try {
    const answer = await http.send(versionRequest)
    return readVersion(options.url, answer.status, answer.body)
  } finally {
    http.close()
  }
}

function readVersion(url: string, status: number, body: unknown): ControllerVersion {
  const refused = new ControllerError(
    `${url}: the server there is not an OpenZiti controller`,
    { method: 'GET', path: '/edge/management/v1/version', status, retryable: false },
    'check host and port: the management API of the controller is needed, not a router or a web console',
  )
  if (status !== 200 || typeof body !== 'object' || body === null) throw refused
  const source = { url, path: '/edge/management/v1/version' }
  const { data, apis } = decodeFrom(source, 'version', body, raw => {
    const data = record(raw, 'data', 'version')
    return { data, apis: Object.keys(record(data, 'apiVersions', 'version')) }
  })
  if (apis.length === 0) throw refused
  if (!apis.includes('edge-management')) {
    throw new ControllerError(
      `${url}: this controller serves ${apis.join(', ')}, but not edge-management, which zprom needs`,
      { method: 'GET', path: '/edge/management/v1/version', status, retryable: false },
      'use the address that serves the management API',
    )
  }
  const { version, capabilities } = data
  return {
    version: typeof version === 'string' ? version : 'unknown',
    capabilities: Array.isArray(capabilities) ? capabilities.filter(item => typeof item === 'string') : [],
    apis,
  }
}
