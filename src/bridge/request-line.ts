/** What a request to a proxy asks for, letter by letter as it was sent: a URL parser would lower the case of the host. */
export type Wanted = {
  readonly host: string
  /** Without a port: undefined. */
  readonly port: number | undefined
  /** Path and query as they are; begins with a slash. */
  readonly path: string
}

/** Reads an absolute-form request target (`http://host:port/path`); undefined when it is anything else. */
export function parseAbsoluteForm(target: string): Wanted | undefined {
  // By its places: an expression takes as long as all else that is done with a request.
  if (target.slice(0, scheme.length).toLowerCase() !== scheme || target.includes('#')) return undefined
  const slash = target.indexOf('/', scheme.length)
  const mark = target.indexOf('?', scheme.length)
  const end = Math.min(...[slash, mark].filter(at => at >= 0), target.length)
  const place = parseAuthority(target.slice(scheme.length, end))
  if (place === undefined) return undefined
  return { ...place, path: end === slash ? target.slice(end) : `/${target.slice(end)}` }
}

const scheme = 'http://'

/** Reads `host:port` as it stands in CONNECT; undefined when it is no host with at most one port. */
export function parseAuthority(authority: string): Pick<Wanted, 'host' | 'port'> | undefined {
  const [, host, digits] = /^([^\s:@/\\[\]%]{1,300})(?::(\d{1,5}))?$/.exec(authority) ?? []
  if (host === undefined) return undefined
  if (digits === undefined) return { host, port: undefined }
  const port = Number(digits)
  return port >= 1 && port <= 65_535 ? { host, port } : undefined
}
