import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { Overlay } from '../edge/index.js'
import { cannotListen } from '../model/cannot-listen.js'
import { type Dialled, writeAppData } from './app-data.js'
import { joinStreams } from './join.js'
import type { Destination } from './place.js'

/** A port of 127.0.0.1 behind which a service is. */
export type LocalPort = {
  readonly destination: Destination
  readonly host: string
  readonly port: number
  /** Takes no more connections and ends those that there are. */
  close(): Promise<void>
}

/** Which port of 127.0.0.1 leads where; times in milliseconds. */
export type LocalPortOptions = {
  /** 0: a free one. */
  readonly port: number
  readonly destination: Destination
  /** A connection stays open for so long when nothing moves on it; 0: for ever. */
  readonly idleMs: number
  /** Called for each connection that could not be made or that broke. */
  readonly onError: (error: Error) => void
}

const host = '127.0.0.1'
const hint = 'name another port, or none for a free one'

/** Opens a service of the overlay on loopback. Throws ToolError when the port can't be had. */
export async function openLocalPort(
  overlay: Pick<Overlay, 'dial'>,
  { port, destination, idleMs, onError }: LocalPortOptions,
): Promise<LocalPort> {
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true, noDelay: true }, socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    // Until it is joined nobody else listens, and a client that leaves early is no failure.
    socket.on('error', () => undefined)
    void carry(socket)
  })
  const carry = async (socket: Socket) => {
    try {
      const far = await overlay.dial(destination.service, dialOptions(destination))
      if (socket.destroyed) return void far.destroy()
      far.on('error', onError)
      joinStreams(socket, far, idleMs)
    } catch (error) {
      socket.resetAndDestroy()
      onError(error instanceof Error ? error : new Error(String(error)))
    }
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', error => reject(cannotListen({ host, port, hint }, error)))
    server.listen(port, host, resolve)
  })
  return {
    destination,
    host,
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

/** How a destination is dialled. */
export function dialOptions({ identity, dialled }: { readonly identity?: string; readonly dialled?: Dialled }) {
  return {
    ...(identity !== undefined && { identity }),
    ...(dialled !== undefined && { appData: writeAppData(dialled) }),
  }
}
