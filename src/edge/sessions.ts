import type { EdgeApi, EdgeService, ServiceSession } from './api.js'
import { EdgeError } from './errors.js'

/** Services and service sessions of one identity, kept as long as they are good. */
export type Sessions = {
  /** All services that the identity sees, asked anew. */
  services(): Promise<EdgeService[]>
  /** One by its name; asked anew when it is not known yet. Throws EdgeError (`denied`). */
  service(name: string): Promise<EdgeService>
  /** The session for a service, the same until it is dropped. Throws EdgeError (`denied`). */
  session(service: EdgeService, type: 'Dial' | 'Bind'): Promise<ServiceSession>
  /** Whether a service is known, and so may be out of date. */
  knows(name: string): boolean
  /** Forgets what is held of one service, or of all. */
  forget(name?: string): void
}

const types = ['Dial', 'Bind'] as const

/** Nothing is known yet: the controller is asked when somebody needs it. */
export function createSessions(api: EdgeApi): Sessions {
  let known = new Map<string, EdgeService>()
  const held = new Map<string, Promise<ServiceSession>>()
  const keyOf = (service: EdgeService, type: string) => `${type} ${service.id}`

  let listing: Promise<EdgeService[]> | undefined
  const services = async () => {
    const list = await api.services()
    known = new Map(list.map(service => [service.name, service]))
    // A service that was made anew has another id, and nobody asks for the one before.
    const current = new Set(list.flatMap(service => types.map(type => keyOf(service, type))))
    for (const key of held.keys()) if (!current.has(key)) held.delete(key)
    return list
  }
  // A thousand dials that know nothing any more ask once, not a thousand times.
  const listOnce = () => {
    listing ??= services().finally(() => {
      listing = undefined
    })
    return listing
  }
  const service = async (name: string) => {
    if (!known.has(name)) await listOnce()
    const there = known.get(name)
    if (there !== undefined) return there
    throw new EdgeError(
      `${name}: ${api.identity} sees no such service`,
      'denied',
      'a Dial or Bind policy must name the identity; see what it may use with: zprom verify',
    )
  }
  const session = (wanted: EdgeService, type: 'Dial' | 'Bind') => {
    const key = keyOf(wanted, type)
    const there = held.get(key)
    if (there !== undefined) return there
    const asking = api.session(wanted, type)
    held.set(key, asking)
    asking.catch(() => {
      if (held.get(key) === asking) held.delete(key)
    })
    return asking
  }
  const forget = (name?: string) => {
    const there = name === undefined ? undefined : known.get(name)
    if (name === undefined) known.clear()
    else known.delete(name)
    if (name === undefined) held.clear()
    if (there !== undefined) for (const type of types) held.delete(keyOf(there, type))
  }
  return { services, service, session, knows: name => known.has(name), forget }
}
