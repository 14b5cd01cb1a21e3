import { createServer, type Server, type Socket } from 'node:net'
import { pipeline } from 'node:stream'
import type { Overlay, Place } from '../edge/index.js'
import { ToolError } from '../errors.js'

/** A port of this machine that leads to a service. */
export type Proxied = { readonly place: Place; readonly port: number; close(): Promise<void> }

/**
 * Listens on 127.0.0.1 and carries every connection to the service; port 0 is any free one. A connection that can't be
 * carried is closed, and why is said. Throws ToolError when the port can't be listened on.
 */
export async function startProxy(
  overlay: Pick<Overlay, 'dial'>,
  place: Place,
  port: number,
  say: (line: string) => void,
): Promise<Proxied> {
  const open = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, socket => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    socket.on('error', () => undefined)
    overlay.dial(place.service, place).then(
      stream => void pipeline(socket, stream, socket, () => socket.destroy()),
      (error: Error) => {
        say(error.message)
        socket.destroy()
      },
    )
  })
  const actual = await listen(server, port)
  const close = () =>
    new Promise<void>(resolve => {
      server.close(() => resolve())
      for (const socket of open) socket.destroy()
    })
  return { place, port: actual, close }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const hint = error.code === 'EADDRINUSE' ? 'name another port, or none for a free one' : undefined
      reject(new ToolError(`127.0.0.1:${port} can't be listened on (${error.code})`, 'listen', hint))
    })
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}
