import type { Hosting, Overlay } from '../edge/index.js'
import { type Elsewhere, type HostConfig, keyOf, type Offer, offerPort } from '../tunnel/index.js'
import { findHostable, hostable, planByConfig, planTo } from './host-plan.js'
import type { OnState } from './host-reflect.js'

/** Who hears of what is offered; times in milliseconds. */
export type HostOptions = {
  readonly idleMs: number
  readonly onState: OnState
  /** Something that a person should know and that is no failure. */
  readonly onNotice: (text: string) => void
  readonly onError: (error: Error) => void
  /** What of it is not where the host.v1 configs say. */
  readonly elsewhere?: Elsewhere | undefined
}

/** One service, and where its calls go. */
export type HostTcpOptions = HostOptions & {
  readonly service: string
  /** Where its calls go, instead of what its host.v1 config says. */
  readonly to: { readonly host: string; readonly port: number } | undefined
  /** The terminator's identity, instead of what follows from its configs; empty for none. */
  readonly terminator: string | undefined
}

/** Offers a reachable port on the overlay. Throws EdgeError when that fails, UsageError for a config that zprom can't serve. */
export async function hostTcp(overlay: Overlay, options: HostTcpOptions): Promise<Hosting> {
  const { service: wanted, to, terminator, onNotice } = options
  const [name, services] = await Promise.all([overlay.whoAmI(), overlay.services()])
  const service = findHostable(wanted, hostable(services), name)
  const as = { name, terminator, onNotice }
  const config = to === undefined ? planByConfig(service, as) : planTo(service, to, as)
  if (to === undefined) noteUnmoved(service.name, config, options)
  return offer(overlay, { service: service.name, config }, options)
}

/** Makes one offer, and has its states told by name. Throws EdgeError when the first try fails. */
export function offer(
  overlay: Pick<Overlay, 'host'>,
  what: Pick<Offer, 'service' | 'config'>,
  { idleMs, onState, onError, elsewhere }: HostOptions,
): Promise<Hosting> {
  const { service } = what
  return offerPort(overlay, {
    ...what,
    idleMs,
    onError,
    elsewhere,
    onState: (state, detail) => onState(service, state, detail),
  })
}

// A place that was mistyped would be found out by the first caller.
function noteUnmoved(service: string, { address, port }: HostConfig, { elsewhere, onNotice }: HostTcpOptions): void {
  if (elsewhere === undefined || typeof address !== 'string' || typeof port !== 'number') return
  if (elsewhere.has(keyOf({ host: address, port }))) return
  onNotice(`${service}: its host.v1 config leads to ${address}:${port}, and nothing is said about where else that is`)
}
