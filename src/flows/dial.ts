import type { EdgeConnection, Overlay } from '../edge/index.js'
import { dialOptions, findDestination, type Naming } from '../tunnel/index.js'

/**
 * A connection to what a person names: a service, an intercept address, a target. What the spec calls a target may be taken
 * for the workload, so `onLed` hears which service it led to. Throws as `findDestination` and dials do.
 */
export async function dialDestination(
  overlay: Overlay,
  text: string,
  naming: Naming,
  onLed: (service: string) => void,
): Promise<EdgeConnection> {
  const destination = findDestination(text, await overlay.services(), naming)
  const { service } = destination
  if (service !== text && naming.targets?.some(({ name }) => name === text)) onLed(service)
  return overlay.dial(service, dialOptions(destination))
}
