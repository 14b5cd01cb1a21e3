// The way from the API servers into their clusters: addresses of pods and nodes, which do not exist, lead to loopback.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type Socket } from 'node:net'

/** An HTTP proxy that an API server connects through to everything in its cluster (its egress selector). */
export type Egress = {
  /** The file for `--egress-selector-config-file`. */
  readonly config: object
  /** From now on, `address` (such as 10.9.9.9:9090) is this port on loopback. Any other address is refused. */
  route(address: string, port: number): void
  stop(): Promise<void>
}

/** Starts it on a socket in the file system; nothing leads anywhere yet. */
export async function startEgress(socketFile: string): Promise<Egress> {
  const routes = new Map<string, number>()
  const sockets = new Set<Socket>()
  const server = createServer((_, answer) => answer.writeHead(405).end())
  server.on('connect', (asked, incoming: Socket) => {
    const port = routes.get(asked.url ?? '')
    if (port === undefined) {
      incoming.end('HTTP/1.1 502 No Such Address\r\n\r\n')
      return
    }
    const outgoing = connect(port, '127.0.0.1', () => {
      incoming.write('HTTP/1.1 200 OK\r\n\r\n')
      incoming.pipe(outgoing).pipe(incoming)
    })
    for (const socket of [incoming, outgoing]) {
      sockets.add(socket)
      socket.on('error', () => undefined).on('close', () => [incoming, outgoing].map(one => one.destroy()))
    }
  })
  server.listen(socketFile)
  await once(server, 'listening')
  return {
    config: {
      apiVersion: 'apiserver.k8s.io/v1beta1',
      kind: 'EgressSelectorConfiguration',
      egressSelections: [
        {
          name: 'cluster',
          connection: { proxyProtocol: 'HTTPConnect', transport: { uds: { udsName: socketFile } } },
        },
      ],
    },
    route: (address, to) => routes.set(address, to),
    stop: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      server.closeAllConnections()
    },
  }
}
