/** Headers as pairs, in the order and case in which they came. */
export type HeaderPairs = readonly (readonly [string, string])[]

/** Node's flat list of raw headers, as pairs. */
export function pairsOf(rawHeaders: readonly string[]): HeaderPairs {
  return rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? ''] as const] : []))
}

/** Without those that are about one connection only (RFC 9110, 7.6.1), also those that `Connection` names. */
export function endToEnd(headers: HeaderPairs): HeaderPairs {
  const named = headers
    .filter(([name]) => name.toLowerCase() === 'connection')
    .flatMap(([, value]) => value.split(','))
    .map(name => name.trim().toLowerCase())
  return headers.filter(([name]) => {
    const lower = name.toLowerCase()
    return !hopByHop.has(lower) && !lower.startsWith('proxy-') && !named.includes(lower)
  })
}

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
  const kept = endToEnd(pairsOf(rawHeaders)).filter(([name]) => !dropped.has(name.toLowerCase()))
  return [['Host', service] as const, ...kept].flat()
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
