import { createServer } from 'node:http'
import type { Duplex } from 'node:stream'
import { Counter, collectDefaultMetrics, Registry } from 'prom-client'
import { createLineEcho } from './echo.js'

export { createLineEcho } from './echo.js'

/** The article's workload, for connections from wherever they come: nothing listens on its own. */
export type Reflect = {
  /** A connection to the reflect service: counted, and answered line by line. */
  onConnection(connection: Duplex): void
  /** A connection to the scrape service: HTTP, and whatever the path the answer is the metrics. */
  onScrape(connection: Duplex): void
  close(): void
}

// How long a client that was refused may take to end its side.
const lingerMs = 5000

/** A workload whose counts begin at 0. */
export function createReflect(): Reflect {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const connections = new Counter({
    name: 'reflect_total_connections',
    help: 'Connections to the reflect service since this process began.',
    registers: [registry],
  })
  const server = createServer((_request, response) => {
    registry.metrics().then(
      text => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    )
  })
  server.on('clientError', refuse)
  return {
    onConnection: connection => {
      connections.inc()
      connection.on('error', () => undefined)
      connection.pipe(createLineEcho()).pipe(connection)
    },
    onScrape: connection => {
      connection.on('error', () => undefined)
      server.emit('connection', connection)
    },
    close: () => server.closeAllConnections(),
  }
}

// Node's own answer is followed at once by a destroy, which on the overlay overtakes it. More of what is no HTTP may come
// after the answer, and is dropped.
function refuse(_: Error, connection: Duplex): void {
  if (!connection.writable) return
  const leave = () => void setTimeout(() => connection.destroy(), lingerMs).unref()
  connection.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n', leave)
}
