import type { EdgeService, Hosting, Overlay } from '../edge/index.js'
import { EdgeError } from '../edge/index.js'
import { UsageError, ZpromError } from '../errors.js'
import { type HostConfig, type Offer, offerPort, readHostConfig, readListenOptions } from '../tunnel/index.js'
import type { OnState } from './host-reflect.js'

/** What is offered, where its calls go, and who hears of it; times in milliseconds. */
export type HostTcpOptions = {
  /** What to offer; undefined: all that the identity may host and that has a host.v1 config. */
  readonly service: string | undefined
  /** Where its calls go, instead of what its host.v1 config says. */
  readonly to: { readonly host: string; readonly port: number } | undefined
  /** The terminator's identity, instead of what follows from its configs; empty for none. */
  readonly terminator: string | undefined
  readonly idleMs: number
  readonly onState: OnState
  /** Something that a person should know and that is no failure. */
  readonly onNotice: (text: string) => void
  readonly onError: (error: Error) => void
}

/** One service as it is going to be offered. */
type Planned = { readonly service: string; readonly config: HostConfig }

// What a tunneler takes when nothing says otherwise.
const connectTimeoutMs = 5000

/**
 * Offers a reachable TCP port on the overlay, or what the host.v1 configs of all services say. Of all, those that can't be
 * offered are told and left out. Throws EdgeError and UsageError when there is nothing to offer.
 */
export async function hostTcp(overlay: Overlay, options: HostTcpOptions): Promise<Hosting> {
  const [name, services] = await Promise.all([overlay.whoAmI(), overlay.services()])
  const own = services.filter(({ permissions }) => permissions.includes('Bind'))
  const planned = options.service === undefined ? planAll(own, name, options) : [planOne(own, name, options)]
  const { hostings, failure } = await startAll(overlay, planned, options)
  if (failure !== undefined && (hostings.length === 0 || options.service !== undefined)) throw failure
  return {
    closed: Promise.all(hostings.map(({ closed }) => closed)).then(() => undefined),
    close: async () => {
      await Promise.all(hostings.map(hosting => hosting.close()))
    },
  }
}

function planOne(own: readonly EdgeService[], name: string, options: HostTcpOptions): Planned {
  const { service: wanted, to } = options
  const service = own.find(one => one.name === wanted)
  if (service === undefined) {
    const list = own.map(one => one.name).join(', ') || 'none'
    throw new EdgeError(`${wanted}: ${name} may host no such service`, 'denied', `it may host ${list}`)
  }
  if (to === undefined)
    return { service: service.name, config: withTerminator(service, configOf(service, name), name, options) }
  const listen = service.host === undefined ? {} : readListenOptions(service.name, service.host, name)
  const config = { address: to.host, port: to.port, connectTimeoutMs, ...listen, ignored: [] }
  return { service: service.name, config: withTerminator(service, config, name, options) }
}

function planAll(own: readonly EdgeService[], name: string, options: HostTcpOptions): Planned[] {
  const planned = own
    .filter(({ host }) => host !== undefined)
    .flatMap(service => {
      try {
        return [{ service: service.name, config: withTerminator(service, configOf(service, name), name, options) }]
      } catch (error) {
        if (!(error instanceof ZpromError)) throw error
        options.onNotice(`left out: ${error.message}`)
        return []
      }
    })
  if (planned.length > 0) return planned
  const list = own.map(one => one.name).join(', ') || 'none'
  throw new EdgeError(`${name} may host no service with a host.v1 config`, 'denied', `it may host ${list}`)
}

function configOf({ name, host }: EdgeService, hostedBy: string): HostConfig {
  if (host !== undefined) return readHostConfig(name, host, hostedBy)
  throw new UsageError(`${name}: it has no host.v1 config`, 'say where its calls go with --to HOST:PORT')
}

// A caller by the intercept asks for the identity that its config names. Where that is our own and nothing else is said, to be
// found by nobody can't be meant.
function withTerminator(
  { name, dialIdentity }: EdgeService,
  config: HostConfig,
  hostedBy: string,
  { terminator, onNotice }: HostTcpOptions,
): HostConfig {
  const { identity = '', ...rest } = config
  const chosen = terminator ?? (identity !== '' ? identity : dialIdentity === hostedBy ? hostedBy : '')
  if (dialIdentity !== undefined && dialIdentity !== chosen) {
    const offered = chosen === '' ? 'none' : chosen
    onNotice(`${name}: its intercept.v1 config asks for the terminator of ${dialIdentity}, and this one has ${offered}`)
  }
  return { ...rest, ...(chosen !== '' && { identity: chosen }) }
}

async function startAll(overlay: Overlay, planned: readonly Planned[], options: HostTcpOptions) {
  const hostings: Hosting[] = []
  let failure: unknown
  for (const { service, config } of planned) {
    for (const ignored of config.ignored) options.onNotice(`${service}: host.v1 ${ignored}`)
    try {
      const { idleMs, onError } = options
      const onState: Offer['onState'] = (state, detail) => options.onState(service, state, detail)
      hostings.push(await offerPort(overlay, { service, config, idleMs, onError, onState }))
    } catch (error) {
      if (!(error instanceof ZpromError)) throw error
      failure ??= error
      if (options.service === undefined) options.onError(error)
    }
  }
  return { hostings, failure }
}
