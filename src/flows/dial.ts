import { type EdgeConnection, EdgeError, type Overlay } from '../edge/index.js'
import { type Destination, dialOptions, findDestination, type Naming } from '../tunnel/index.js'

/**
 * A connection to what a person names: a service, an intercept address, a target. What the spec calls a target may be taken
 * for the workload, so `onNotice` hears which service it led to, and that what is sent goes on as datagrams. Throws as
 * `findDestination` and dials do.
 */
export async function dialDestination(
  overlay: Overlay,
  text: string,
  naming: Naming,
  onNotice: (text: string) => void,
): Promise<EdgeConnection> {
  const destination = findDestination(text, await overlay.services(), naming)
  const { service } = destination
  if (service !== text && naming.targets?.some(({ name }) => name === text)) onNotice(`${text}: ${service}`)
  if (destination.isUdp) onNotice(`${service}: by UDP; each piece of the input is a datagram, and one may be lost`)
  try {
    return await overlay.dial(service, dialOptions(destination))
  } catch (error) {
    throw withAdvice(error, destination)
  }
}

// The host may forward to what was dialled, and then only an address tells it what that is.
function withAdvice(error: unknown, { dialled }: Destination): unknown {
  if (!(error instanceof EdgeError) || error.fault !== 'host' || dialled !== undefined) return error
  const hint =
    'if its host forwards to what was dialled, name an address that its intercept.v1 config covers (HOST:PORT), not the service'
  return new EdgeError(error.message, 'host', hint)
}
