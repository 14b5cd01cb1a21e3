import { createServer } from 'node:net'
import { FileError } from '../../errors.js'

/** The ports of a sandbox. */
export type Ports = { readonly controllerPort: number; readonly routerPort: number }

/** Whether a port of the loopback can be listened on now. */
export function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
}

/** Free ports of the loopback, all different. */
export async function findFreePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listenAnywhere))
  const ports = servers.map(server => {
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  })
  await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))))
  return ports
}

/** The ports to start a sandbox on: those it had, so that identities that were enrolled stay good, otherwise free ones. */
export async function choosePorts(known: Ports | undefined): Promise<Ports> {
  if (known === undefined) {
    const [controllerPort = 0, routerPort = 0] = await findFreePorts(2)
    return { controllerPort, routerPort }
  }
  for (const port of [known.controllerPort, known.routerPort]) {
    if (await isFree(port)) continue
    throw new FileError(
      `port ${port}, which this sandbox uses, is taken by another program`,
      String(port),
      'stop that program, or begin anew with: zprom sandbox down --purge',
    )
  }
  return known
}

function listenAnywhere(): Promise<ReturnType<typeof createServer>> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ port: 0, host: '127.0.0.1' }, () => resolve(server))
  })
}
