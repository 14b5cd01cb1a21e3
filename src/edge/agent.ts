import { Agent, type AgentOptions, type ClientRequest, type ClientRequestArgs } from 'node:http'
import type { Duplex } from 'node:stream'
import type { OverlayStream } from './connection.js'
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
): OverlayAgent {
  const dial = async ({ host }: ClientRequestArgs) => {
    const place = locate(host ?? '')
    if (place === undefined) throw new Error(`${host ?? ''} is no service of the overlay`)
    return overlay.dial(place.service, place)
  }
  return new OverlayAgent(dial, options)
}

/** An agent whose connections come from a dial, which gets what was given to `http.request`. */
export class OverlayAgent extends Agent {
  readonly #dial: (options: ClientRequestArgs) => Promise<OverlayStream>
  readonly #idle = new WeakMap<Duplex, () => void>()

  constructor(dial: (options: ClientRequestArgs) => Promise<OverlayStream>, options: AgentOptions) {
    super(options)
    this.#dial = dial
  }

  override createConnection(
    options: ClientRequestArgs,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    this.#dial(options).then(
      stream => callback?.(null, stream),
      // The types want a stream beside an error; Node itself passes none.
      (error: Error) => (callback as ((error: Error) => void) | undefined)?.(error),
    )
    return undefined
  }

  /** Ends what is kept for a host and not in use: where one of them was stale, the others are likely to be. */
  dropIdle(host: string): void {
    for (const stream of this.freeSockets[this.getName({ host, port: 80 })] ?? []) stream.destroy()
  }

  // What says something without being asked would say it in answer to the next question, and what has ended answers none.
  override keepSocketAlive(stream: Duplex): boolean {
    const spoil = () => void stream.destroy()
    stream.once('data', spoil).once('end', spoil)
    this.#idle.set(stream, spoil)
    stream.resume()
    // The types have nothing here, but Node says whether the connection can be kept at all.
    const isFit = super.keepSocketAlive(stream) as unknown as boolean
    return isFit && !stream.readableEnded
  }

  override reuseSocket(stream: Duplex, request: ClientRequest): void {
    const spoil = this.#idle.get(stream)
    if (spoil !== undefined) stream.off('data', spoil).off('end', spoil)
    super.reuseSocket(stream, request)
  }
}
