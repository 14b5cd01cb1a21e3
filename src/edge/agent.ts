import { Agent, type AgentOptions, type ClientRequestArgs } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Overlay } from './overlay.js'

/** Where on the overlay a host name of a request is. */
export type Place = { readonly service: string; readonly identity?: string }

/**
 * An agent for `http.request`, axios and whatever else takes one: requests go over the overlay. `locate` gets the host of
 * the request as it was written and says which service that is; undefined refuses it, for nothing goes to the plain network.
 */
export function createOverlayAgent(
  overlay: Pick<Overlay, 'dial'>,
  locate: (host: string) => Place | undefined,
  options: AgentOptions = {},
): Agent {
  return new OverlayAgent(overlay, locate, options)
}

class OverlayAgent extends Agent {
  readonly #overlay: Pick<Overlay, 'dial'>
  readonly #locate: (host: string) => Place | undefined

  constructor(overlay: Pick<Overlay, 'dial'>, locate: (host: string) => Place | undefined, options: AgentOptions) {
    super(options)
    this.#overlay = overlay
    this.#locate = locate
  }

  override createConnection(
    options: ClientRequestArgs,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    const host = options.host ?? ''
    const place = this.#locate(host)
    const dialled =
      place === undefined
        ? Promise.reject(new Error(`${host} is no service of the overlay`))
        : this.#overlay.dial(place.service, place)
    dialled.then(
      stream => callback?.(null, stream),
      // The types want a stream beside an error; Node itself passes none.
      (error: Error) => (callback as ((error: Error) => void) | undefined)?.(error),
    )
    return undefined
  }
}
