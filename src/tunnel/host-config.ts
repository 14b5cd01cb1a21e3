import { BlockList, isIP } from 'node:net'
import { EdgeError } from '../edge/index.js'
import { UsageError } from '../errors.js'
import { sumDuration } from '../model/duration.js'
import type { CallDetails } from './app-data.js'
import type { Place, Protocol } from './backend.js'
import { readTranslation, type Translation, translateAddress } from './translate.js'

// host.v1 as OpenZiti defines it (github.com/openziti/ziti, tunnel/entities/host.v1.json and service.go), as far as zprom serves it.

type Range = { readonly low: number; readonly high: number }

/** How a service is offered, and where its calls go. */
export type HostConfig = {
  /** Fixed, or what the caller dialled if it is among these; absent: tcp. */
  readonly protocol?: Protocol | { readonly allowed: readonly Protocol[] }
  /** Fixed, or what the caller dialled if it is among these: names, `*.` domains, IP addresses and networks. */
  readonly address: string | { readonly allowed: readonly string[] }
  /** Fixed, or what the caller dialled if it is in one of these. */
  readonly port: number | { readonly allowed: readonly Range[] }
  /** Where what the caller dialled is, seen from here. */
  readonly translations?: readonly Translation[]
  /** An HTTP proxy that the way to them leads through. */
  readonly proxy?: { readonly host: string; readonly port: number }
  readonly connectTimeoutMs: number
  /** The terminator's identity; absent for a terminator without one. */
  readonly identity?: string
  readonly cost?: number
  readonly precedence?: 'default' | 'required' | 'failed'
  /** What the config asks for and zprom does not do, though the service works without it; in words. */
  readonly ignored: readonly string[]
}

type Raw = Readonly<Record<string, unknown>>

/** Reads the host.v1 config of a service, offered by the identity of this name. Throws UsageError for what zprom can't serve. */
export function readHostConfig(service: string, raw: Raw, hostedBy: string): HostConfig {
  const unfit = (what: string) =>
    new UsageError(`${service}: its host.v1 config ${what}`, 'say where its calls go with --to HOST:PORT')
  const protocol = readProtocol(raw, unfit)
  const proxy = readProxy(raw, unfit)
  const translations = readTranslations(raw, unfit)
  return {
    protocol: proxy === undefined ? protocol : throughProxy(protocol, unfit),
    ...(proxy !== undefined && { proxy }),
    address: readAddress(raw, unfit),
    ...(translations.length > 0 && { translations }),
    port: readPort(raw, unfit),
    connectTimeoutMs: readConnectTimeout(memberOf(raw.listenOptions)),
    ...readListenOptions(service, raw, hostedBy),
    ignored: ignoredOf(raw),
  }
}

/** How a service wants to be offered, apart from where its calls go. Throws UsageError for an identity that zprom can't tell. */
export function readListenOptions(
  service: string,
  raw: Raw,
  hostedBy: string,
): Pick<HostConfig, 'identity' | 'cost' | 'precedence'> {
  const { bindUsingEdgeIdentity, identity, cost, precedence } = memberOf(raw.listenOptions)
  const named = typeof identity === 'string' ? identity.replaceAll('$tunneler_id.name', hostedBy) : ''
  const own = bindUsingEdgeIdentity === true ? hostedBy : named
  if (own.includes('$')) {
    const hint = 'name it with --terminator'
    throw new UsageError(`${service}: the identity of its listenOptions is ${own}, which zprom can't work out`, hint)
  }
  return {
    ...(own !== '' && { identity: own }),
    ...(isInteger(cost, 65_535) && { cost }),
    ...((precedence === 'default' || precedence === 'required' || precedence === 'failed') && { precedence }),
  }
}

type Destinations = Pick<HostConfig, 'protocol' | 'address' | 'port' | 'translations'>

/** Where a call goes. Throws EdgeError (`host`), for the caller to read, when the config does not allow what was dialled. */
export function backendOf(
  { protocol = 'tcp', address, port, translations = [] }: Destinations,
  call: CallDetails,
): Place {
  return {
    protocol: protocolOf(typeof protocol === 'string' ? [protocol] : protocol.allowed, call),
    host:
      typeof address === 'string' ? address : translateAddress(forwardedAddress(address.allowed, call), translations),
    port: typeof port === 'number' ? port : forwardedPort(port.allowed, call),
  }
}

// Callers that say nothing are no tunnelers: they stand for what a config allows first of all.
function protocolOf(allowed: readonly Protocol[], { protocol: dialled }: CallDetails): Protocol {
  const [usual = 'tcp'] = allowed.includes('tcp') ? ['tcp' as const] : allowed
  if (dialled === undefined) return usual
  const protocol = allowed.find(one => one === dialled)
  if (protocol !== undefined) return protocol
  throw new EdgeError(
    `the protocol ${dialled.slice(0, 20)} is not among the allowed ones (${allowed.join(', ')})`,
    'host',
  )
}

function forwardedAddress(allowed: readonly string[], { hostname, ip }: CallDetails): string {
  const dialled = hostname ?? ip
  if (dialled === undefined) throw new EdgeError('the call does not say which address was dialled', 'host')
  if (allowed.some(pattern => allows(pattern.toLowerCase(), dialled.toLowerCase()))) return dialled
  throw new EdgeError(`the address ${dialled} is not among the allowed ones`, 'host')
}

function allows(pattern: string, dialled: string): boolean {
  if (pattern === dialled) return true
  const family = isIP(dialled)
  if (family === 0) return pattern === '*' || (pattern.startsWith('*.') && `.${dialled}`.endsWith(pattern.slice(1)))
  const [network = '', length] = pattern.split('/')
  if (isIP(network) !== family) return false
  const type = family === 4 ? 'ipv4' : 'ipv6'
  const list = new BlockList()
  list.addSubnet(network, Number(length ?? (family === 4 ? 32 : 128)), type)
  return list.check(dialled, type)
}

function forwardedPort(allowed: readonly Range[], { port: dialled }: CallDetails): number {
  if (dialled === undefined) throw new EdgeError('the call does not say which port was dialled', 'host')
  const port = /^\d{1,5}$/.test(dialled) ? Number(dialled) : -1
  if (allowed.some(({ low, high }) => port >= low && port <= high)) return port
  throw new EdgeError(`the port ${dialled.slice(0, 20)} is not in the allowed ranges`, 'host')
}

type Unfit = (what: string) => UsageError

function readProtocol(raw: Raw, unfit: Unfit): NonNullable<HostConfig['protocol']> {
  const { protocol, forwardProtocol, allowedProtocols } = raw
  if (forwardProtocol === true) {
    const allowed = listOf(allowedProtocols).filter(isProtocol)
    if (allowed.length === 0) throw unfit('allows neither tcp nor udp, and zprom carries nothing else')
    return { allowed }
  }
  if (isProtocol(protocol)) return protocol
  throw unfit(`is for ${typeof protocol === 'string' ? protocol : 'no protocol'}, and zprom carries tcp and udp alone`)
}

// OpenZiti has proxies of HTTP alone, without a login. The tunneler would send them datagrams, which none of them takes.
function readProxy({ proxy }: Raw, unfit: Unfit): HostConfig['proxy'] {
  if (proxy === undefined || proxy === null) return undefined
  const { type, address } = memberOf(proxy)
  if (type !== 'http') throw unfit(`sends calls through a proxy of type ${String(type)}, and zprom knows http alone`)
  const [, host, digits] = /^(\[[\da-f:.]+\]|[^\s/:[\]]+):(\d{1,5})$/i.exec(String(address)) ?? []
  const port = Number(digits)
  if (host === undefined || port < 1 || port > 65_535) throw unfit('names a proxy by something else than HOST:PORT')
  return { host: host.replace(/^\[|\]$/g, ''), port }
}

// What is not a stream cannot go through one.
function throughProxy(protocol: NonNullable<HostConfig['protocol']>, unfit: Unfit): 'tcp' {
  const allowed = typeof protocol === 'string' ? [protocol] : protocol.allowed
  if (allowed.includes('tcp')) return 'tcp'
  throw unfit('sends datagrams through an HTTP proxy, which takes none')
}

function isProtocol(value: unknown): value is Protocol {
  return value === 'tcp' || value === 'udp'
}

function readAddress({ address, forwardAddress, allowedAddresses }: Raw, unfit: Unfit): HostConfig['address'] {
  if (forwardAddress === true) {
    const allowed = listOf(allowedAddresses).filter(one => typeof one === 'string')
    if (allowed.length === 0) throw unfit('forwards addresses and allows none')
    const wrong = allowed.find(one => one.includes('/') && !isNetwork(one))
    if (wrong !== undefined) throw unfit(`allows ${wrong}, which is no network`)
    return { allowed }
  }
  if (typeof address !== 'string' || address === '') throw unfit('has no address')
  return address
}

// Only of forwarded addresses, as with the tunneler.
function readTranslations({ forwardAddress, forwardAddressTranslations }: Raw, unfit: Unfit): readonly Translation[] {
  if (forwardAddress !== true) return []
  return listOf(forwardAddressTranslations).map(raw => {
    const translation = readTranslation(memberOf(raw))
    if (translation === undefined)
      throw unfit('translates addresses in a way that is none (forwardAddressTranslations)')
    return translation
  })
}

function isNetwork(text: string): boolean {
  const [network = '', length = '', ...more] = text.split('/')
  const family = isIP(network)
  return more.length === 0 && family !== 0 && /^\d{1,3}$/.test(length) && Number(length) <= (family === 4 ? 32 : 128)
}

function readPort({ port, forwardPort, allowedPortRanges }: Raw, unfit: Unfit): HostConfig['port'] {
  if (forwardPort === true) {
    const allowed = listOf(allowedPortRanges).flatMap(range => {
      const { low, high } = memberOf(range)
      return isInteger(low, 65_535) && isInteger(high, 65_535) ? [{ low, high }] : []
    })
    if (allowed.length === 0) throw unfit('forwards ports and allows none')
    return { allowed }
  }
  if (!isInteger(port, 65_535) || port === 0) throw unfit('has no port')
  return port
}

const defaultConnectTimeoutMs = 5000

function readConnectTimeout({ connectTimeout, connectTimeoutSeconds }: Raw): number {
  if (typeof connectTimeout === 'string') {
    const sum = sumDuration(connectTimeout.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g))
    if (sum > 0) return sum
  }
  return isInteger(connectTimeoutSeconds, 2_147_483) && connectTimeoutSeconds > 0
    ? connectTimeoutSeconds * 1000
    : defaultConnectTimeoutMs
}

function ignoredOf(raw: Raw): string[] {
  const checks = ['portChecks', 'httpChecks'].filter(key => listOf(raw[key]).length > 0)
  const sources = listOf(raw.allowedSourceAddresses).length > 0
  return [
    ...(checks.length > 0 ? [`${checks.join(' and ')}: its health is not watched`] : []),
    ...(sources ? ["allowedSourceAddresses: calls come from this machine's own address"] : []),
  ]
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function memberOf(value: unknown): Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}

function isInteger(value: unknown, most: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most
}
