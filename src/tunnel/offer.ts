import { type Call, EdgeError, type Hosting, type HostOptions, type Overlay } from '../edge/index.js'
import { readAppData } from './app-data.js'
import { type Backend, connectBackend } from './backend.js'
import { type Elsewhere, whereIs } from './elsewhere.js'
import { backendOf, type HostConfig } from './host-config.js'

/** What of this machine, or of what it reaches, is offered on the overlay. */
export type Offer = {
  readonly service: string
  readonly config: HostConfig
  /** What of it is not where the config says. */
  readonly elsewhere?: Elsewhere | undefined
  /** A connection stays open for so long when nothing moves on it; 0: for ever. */
  readonly idleMs: number
  readonly onState: NonNullable<HostOptions['onState']>
  /** Called for each call that could not be taken, or that broke. */
  readonly onError: (error: Error) => void
}

// A call that was decided about and then did not come through leaves its backend connection behind.
const unclaimedMs = 10_000
// The overlay gives a host less than five seconds to decide.
const longestConnectMs = 4000

/** Offers a reachable port. The backend is connected before a call is taken, so that the caller learns why not. */
export function offerPort(overlay: Pick<Overlay, 'host'>, offer: Offer): Promise<Hosting> {
  const { service, config, elsewhere, onState, onError } = offer
  const { identity, cost, precedence, connectTimeoutMs, proxy } = config
  const connected = new Map<Call, Backend>()
  const how = { timeoutMs: Math.min(connectTimeoutMs, longestConnectMs), ...(proxy && { proxy }) }
  const accept = async (call: Call) => {
    try {
      const backend = await connectBackend(whereIs(backendOf(config, readAppData(call.appData)), elsewhere), how)
      connected.set(call, backend)
      const timer = setTimeout(() => connected.delete(call) && backend.destroy(), unclaimedMs)
      timer.unref()
    } catch (error) {
      const reason = error instanceof EdgeError ? error.message : 'the host failed'
      onError(new EdgeError(`${service}: a call${callerOf(call)} was not taken: ${reason}`, 'host'))
      throw error
    }
  }
  const listen = {
    ...(identity !== undefined && { identity }),
    ...(cost !== undefined && { cost }),
    ...(precedence !== undefined && { precedence }),
  }
  return overlay.host(service, { ...listen, accept, onState }, (far, call) => {
    const near = connected.get(call)
    connected.delete(call)
    if (near === undefined || near.isGone()) return void far.destroy()
    far.on('error', onError)
    near.carry(far, offer.idleMs)
  })
}

function callerOf({ callerId }: Call): string {
  return callerId === undefined ? '' : ` of ${callerId}`
}
