/**
 * Headers without those that are about one connection only (RFC 9110, 7.6.1), also those that `Connection` names, and without
 * `others`, in lower case. A flat list as Node has it (name, value, name, value), its order and case kept.
 */
export function endToEnd(rawHeaders: readonly string[], others: ReadonlySet<string> = none): string[] {
  const named = namedByConnection(rawHeaders)
  const kept: string[] = []
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = [rawHeaders[at], rawHeaders[at + 1]]
    const lower = name.toLowerCase()
    const isDropped = hopByHop.has(lower) || others.has(lower) || lower.startsWith('proxy-') || named.includes(lower)
    if (!isDropped) kept.push(name, value)
  }
  return kept
}

function namedByConnection(rawHeaders: readonly string[]): string[] {
  const named: string[] = []
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.toLowerCase() !== 'connection') continue
    named.push(...(rawHeaders[at + 1] ?? '').split(',').map(name => name.trim().toLowerCase()))
  }
  return named
}

const none: ReadonlySet<string> = new Set()

const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** The headers to send on: end to end, with the service as `Host`, for the target knows nothing of our texts, and no body. */
export function requestHeaders(rawHeaders: readonly string[], service: string): string[] {
  return ['Host', service, ...endToEnd(rawHeaders, dropped)]
}

const dropped: ReadonlySet<string> = new Set(['host', 'content-length', 'expect'])

/**
 * Where a redirect may lead: the same target, as a path. Undefined: to somewhere else, which a target must not choose, or
 * Prometheus would read any other service for it.
 */
export function redirectWithin(location: string, hosts: readonly string[]): string | undefined {
  const [, authority, rest = ''] = /^http:\/\/([^/?#\\]*)([^\\]*)$/i.exec(location) ?? []
  if (authority !== undefined) {
    const host = authority.replace(/:\d*$/, '').toLowerCase()
    if (!hosts.some(one => one.toLowerCase() === host)) return undefined
    return rest.startsWith('/') ? withinPath(rest) : `/${rest}`
  }
  return /^[a-z][a-z0-9+.-]*:/i.test(location) ? undefined : withinPath(location)
}

// Some clients take a backslash for a slash, and two slashes begin a host.
function withinPath(path: string): string | undefined {
  return /^\s|^\/\/|\\|\p{Cc}/u.test(path) ? undefined : path
}
