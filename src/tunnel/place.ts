import { EdgeError, type EdgeService } from '../edge/index.js'
import { UsageError } from '../errors.js'
import { listFew } from '../model/few.js'
import type { ScrapeTarget } from '../model/scrape.js'
import type { Dialled } from './app-data.js'

/** Where on the overlay a call goes. */
export type Destination = {
  readonly service: string
  /** The terminator's identity to ask for; absent for a terminator without one. */
  readonly identity?: string
  /** The address that stands for it, for hosts that forward to what was dialled. */
  readonly dialled?: Dialled
  /** What it is sent goes on as datagrams. */
  readonly isUdp?: true
}

/** What there is besides a name to tell which terminator is meant. */
export type Naming = {
  readonly identity?: string | undefined
  /** What can be scraped, by the names that the spec has for it. */
  readonly targets?: readonly Pick<ScrapeTarget, 'name' | 'service' | 'identity'>[]
}

type Known = Pick<EdgeService, 'name' | 'intercepts' | 'dialIdentity' | 'isUdp' | 'permissions'>

/**
 * What a person means by a service's name, what the spec calls a target (`kubeA.reflect`), an intercept address with or
 * without port, or a scrape target's text (`service-identity`). `identity` goes before what the service's config asks for; an empty one asks for none. Throws EdgeError
 * (`denied`) for what is not among the services, UsageError for what can be two of them.
 */
export function findDestination(
  text: string,
  services: readonly Known[],
  { identity, targets = [] }: Naming = {},
): Destination {
  const named = services.find(({ name }) => name === text)
  if (named !== undefined) return toService(named, firstAddress(named), identity)
  const target = targets.find(({ name }) => name === text)
  const meant = services.find(({ name }) => name === target?.service)
  if (target !== undefined && meant !== undefined)
    return toService(meant, firstAddress(meant), identity ?? target.identity)
  const { host, port } = splitAddress(text)
  const intercepted = services.filter(service => addressesOf(service).some(address => covers(address, host, port)))
  if (intercepted.length > 0) return byAddress(text, intercepted, { host, port }, identity)
  return byScrapeTarget(text, services, identity)
}

function byAddress(
  text: string,
  found: readonly Known[],
  { host, port }: { readonly host: string; readonly port: number | undefined },
  identity: string | undefined,
): Destination {
  const [service] = found
  if (service === undefined || found.length > 1) throw ambiguous(text, found)
  const dialled = port === undefined ? firstAddress(service, host) : { host, port }
  return toService(service, dialled, identity)
}

// The name of a service may hold a dash, and so may that of an identity: what is looked up is whether there is such a service.
function byScrapeTarget(text: string, services: readonly Known[], identity: string | undefined): Destination {
  const target = text.replace(/:\d{1,5}$/, '')
  const candidates = services.filter(({ name }) => target.startsWith(`${name}-`))
  const rest = ({ name }: Known) => target.slice(name.length + 1)
  const exact = candidates.filter(service => rest(service) === (service.dialIdentity ?? ''))
  const fitting = exact.length > 0 ? exact : candidates
  const [service] = fitting
  if (service === undefined) throw unknown(text, services)
  if (fitting.length > 1) throw ambiguous(text, fitting)
  const asked = rest(service)
  if (identity !== undefined && identity !== asked)
    throw new UsageError(`${text} asks for the terminator of "${asked}", and --identity for that of "${identity}"`)
  return toService(service, firstAddress(service), asked)
}

function toService(service: Known, dialled: Dialled | undefined, given: string | undefined): Destination {
  const { name, permissions, dialIdentity, isUdp } = service
  if (!permissions.includes('Dial')) {
    const hint = 'a Dial policy must name the identity and the service'
    throw new EdgeError(`${name}: the identity may host it, but not dial it`, 'denied', hint)
  }
  const identity = given ?? dialIdentity ?? ''
  if (given === undefined && identity.includes('$')) {
    const hint = 'say which terminator with --identity'
    throw new UsageError(
      `${name}: its intercept.v1 config makes the identity to ask for of the call (${identity})`,
      hint,
    )
  }
  const how = isUdp ? { isUdp } : {}
  const protocol = isUdp ? { protocol: 'udp' as const } : {}
  const where = dialled === undefined ? {} : { dialled: { ...dialled, ...protocol } }
  return { service: name, ...(identity !== '' && { identity }), ...where, ...how }
}

type Address = { readonly host: string; readonly low: number; readonly high: number }

function addressesOf({ intercepts }: Pick<Known, 'intercepts'>): Address[] {
  return intercepts.flatMap(intercept => {
    const [, host, low, high] = /^(.+):(\d+)(?:-(\d+))?$/.exec(intercept) ?? []
    return host === undefined ? [] : [{ host: host.toLowerCase(), low: Number(low), high: Number(high ?? low) }]
  })
}

// An address that stands for one place alone: no wildcard, no network.
function firstAddress(service: Known, host?: string): Dialled | undefined {
  const [first] = addressesOf(service).filter(address => host === undefined || covers(address, host, undefined))
  if (first === undefined || first.low !== first.high) return undefined
  if (host !== undefined) return { host, port: first.low }
  return /[*/]/.test(first.host) ? undefined : { host: first.host, port: first.low }
}

function covers(address: Address, host: string, port: number | undefined): boolean {
  const isHost = address.host.startsWith('*.') ? host.endsWith(address.host.slice(1)) : address.host === host
  return isHost && (port === undefined || (port >= address.low && port <= address.high))
}

// Host names of intercepts are those of DNS: upper and lower case are the same.
function splitAddress(text: string): { host: string; port: number | undefined } {
  const [, host = text, port] = /^(.+):(\d{1,5})$/.exec(text) ?? []
  return { host: host.replace(/^\[|\]$/g, '').toLowerCase(), port: port === undefined ? undefined : Number(port) }
}

function ambiguous(text: string, services: readonly Known[]): UsageError {
  return new UsageError(
    `${text} can be more than one service: ${services.map(({ name }) => name).join(', ')}`,
    'name the service, and the terminator with --identity',
  )
}

function unknown(text: string, services: readonly Known[]): EdgeError {
  const names = services.filter(({ permissions }) => permissions.includes('Dial')).map(({ name }) => name)
  const hint = `it may dial ${listFew(names, { few: 10 }) || 'none'}`
  return new EdgeError(`${text}: this identity may dial no such service`, 'denied', hint)
}
