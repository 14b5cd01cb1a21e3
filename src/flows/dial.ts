import type { EdgeConnection, Overlay } from '../edge/index.js'
import { dialOptions, findDestination, type Naming } from '../tunnel/index.js'

/** A connection to what a person names: a service, an intercept address, a target. Throws as `findDestination` and dials do. */
export async function dialDestination(overlay: Overlay, text: string, naming: Naming): Promise<EdgeConnection> {
  const destination = findDestination(text, await overlay.services(), naming)
  return overlay.dial(destination.service, dialOptions(destination))
}
