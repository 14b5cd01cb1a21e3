import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/** The connections of a bridge's clients, of which Node forgets those that became tunnels. */
export type Connections = {
  add(socket: Socket): void
  /** What is called for whatever moves in the tunnel that a connection has become, and what for its end. */
  tunnel(socket: Socket): TunnelUse
  /** Ends those on which nothing is under way. */
  endIdle(): void
  endAll(): void
}

/** What is told of a tunnel, from the request for it to its end. */
export type TunnelUse = {
  moved(by: 'client' | 'target'): void
  over(): void
}

// A scrape within TLS can't be seen. Its answer has ended when nothing comes after it for a while; a request waits for its answer.
const quietMs = 2000
// For the client to read what was said last; it may keep its side open for ever.
const lingerMs = 5000

/** Keeps the connections of a server that come from now on. */
export function keepConnections(server: Server, clock: () => number): Connections {
  const sockets = new Set<Socket>()
  const tunnels = new Map<Socket, { isOver: boolean; answeredAt: number }>()
  const add = (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => {
      sockets.delete(socket)
      tunnels.delete(socket)
    })
  }
  const tunnel = (socket: Socket): TunnelUse => {
    const state = { isOver: false, answeredAt: Number.POSITIVE_INFINITY }
    tunnels.set(socket, state)
    return {
      moved: by => {
        state.answeredAt = by === 'target' ? clock() : Number.POSITIVE_INFINITY
      },
      over: () => {
        state.isOver = true
        socket.setTimeout(lingerMs)
      },
    }
  }
  const endIdle = () => {
    server.closeIdleConnections()
    for (const [socket, { isOver, answeredAt }] of tunnels)
      if (isOver || clock() - answeredAt > quietMs) socket.destroySoon()
  }
  const endAll = () => {
    for (const socket of sockets) socket.destroy()
  }
  return { add, tunnel, endIdle, endAll }
}
