import { writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import type { Person } from './cli.js'
import type { World } from './cli-world.js'

/** A wire between zprom and the real controller that a case can hold, and let go: bytes pass as they are. */
export type Tunnel = {
  readonly url: string
  /** From now on nothing passes, in either direction. */
  hold(): void
  release(): void
  /** How many there are now. */
  connections(): number
  /** Every connection breaks, and new ones are refused. */
  cut(): Promise<void>
  close(): Promise<void>
}

/** The identity file at a path of a person's, written anew as `name` with the tunnel as its way to the controller. */
export async function leadThrough({ url }: Tunnel, person: Person, path: string, name: string): Promise<void> {
  const file = JSON.parse(await person.read(path))
  const text = JSON.stringify({ ...file, ztAPI: `${url}/edge/client/v1` })
  await writeFile(join(person.folder, name), text, { mode: 0o600 })
}

/** A person with a cluster of that name, whose `workload.json` leads to the controller through a tunnel that is open. */
export async function workloadBehindTunnel(
  { overlay, worker }: Pick<World, 'overlay' | 'worker'>,
  name: string,
): Promise<{ readonly person: Person; readonly tunnel: Tunnel }> {
  const person = await worker()
  await person.write('zprom.yaml', `stack: ${name}\nclusters:\n  - {name: ${name}, prometheus: dark}\n`)
  await person.ok(['apply', '--yes'])
  const tunnel = await openTunnel(overlay.url)
  await leadThrough(tunnel, person, `zprom-out/${name}/${name}.reflect.id.json`, 'workload.json')
  return { person, tunnel }
}

/** Opens a tunnel on loopback to the controller at a URL. */
export async function openTunnel(url: string): Promise<Tunnel> {
  const target = new URL(url)
  const sockets = new Set<Socket>()
  let isHeld = false
  const admit = (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy())
    if (isHeld) socket.pause()
    return socket
  }
  const server = createServer({ pauseOnConnect: true }, near => {
    const far = admit(connect(Number(target.port), target.hostname))
    admit(near).on('data', bytes => far.write(bytes))
    far.on('data', bytes => near.write(bytes))
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
    if (!isHeld) near.resume()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const end = () => {
    for (const socket of sockets) socket.destroy()
    return closeServer(server)
  }
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    hold: () => {
      isHeld = true
      for (const socket of sockets) socket.pause()
    },
    connections: () => sockets.size,
    release: () => {
      isHeld = false
      for (const socket of sockets) socket.resume()
    },
    cut: end,
    close: end,
  }
}

function closeServer(server: Server): Promise<void> {
  return new Promise(resolve => (server.listening ? server.close(() => resolve()) : resolve()))
}
