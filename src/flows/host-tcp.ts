import { connect, type Socket } from 'node:net'
import { pipeline } from 'node:stream'
import {
  type Call,
  type EdgeConnection,
  EdgeError,
  type EdgeService,
  type Hosting,
  type Overlay,
} from '../edge/index.js'

/** Where the calls of a service go. */
export type Backend = { readonly host: string; readonly port: number; readonly connectTimeoutMs: number }

export type TcpHosting = {
  readonly service: string
  readonly backend: Backend
  /** Name of the terminator; absent: one that anybody reaches. */
  readonly identity?: string
  readonly cost?: number
  readonly precedence?: 'default' | 'required' | 'failed'
}

/**
 * Offers a TCP port as a service of the overlay. The backend is connected before a call is taken, so whoever calls hears why
 * it can't be. Throws EdgeError when the first offer fails.
 */
export function hostTcp(
  overlay: Pick<Overlay, 'host'>,
  hosting: TcpHosting,
  say: (line: string) => void,
): Promise<Hosting> {
  const { service, backend, identity, cost, precedence } = hosting
  // Connected while the call was looked at; the connection that follows it takes its turn.
  const ready: Socket[] = []
  const accept = async (_call: Call) => {
    ready.push(await connectTo(backend))
  }
  const onConnection = (connection: EdgeConnection) => {
    // One whose call came to nothing may have been closed meanwhile.
    const socket = ready.splice(0, ready.findIndex(one => !one.destroyed) + 1).at(-1)
    if (socket === undefined) return void connection.destroy()
    pipeline(connection, socket, connection, () => undefined)
  }
  const options = {
    accept,
    onState: (state: 'hosting' | 'lost', detail: string) =>
      say(state === 'hosting' ? `hosting ${service} over ${detail}` : `lost ${service}: ${detail}; trying again`),
    ...(identity !== undefined && { identity }),
    ...(cost !== undefined && { cost }),
    ...(precedence !== undefined && { precedence }),
  }
  return overlay.host(service, options, onConnection)
}

function connectTo({ host, port, connectTimeoutMs }: Backend): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: connectTimeoutMs })
    const fail = (reason: string) => {
      socket.destroy()
      reject(new EdgeError(`${host}:${port}: ${reason}`, 'host'))
    }
    socket.once('timeout', () => fail('no connection in time'))
    socket.once('error', (error: NodeJS.ErrnoException) => fail(error.code ?? 'cannot be connected'))
    socket.once('connect', () => {
      socket.removeAllListeners()
      socket.setTimeout(0)
      socket.on('error', () => undefined)
      resolve(socket)
    })
  })
}

/**
 * What the host.v1 config of a service asks for. Throws EdgeError for what zprom does not do, and for a service that has no
 * such config. `identity` is the hosting identity's name, which `bindUsingEdgeIdentity` stands for.
 */
export function readHostConfig(service: EdgeService, identity: string): TcpHosting {
  const { host: config, name } = service
  if (config === undefined) throw unsupported(name, 'it has no host.v1 config', 'say where it is with --to HOST:PORT')
  if (config.forwardProtocol === true || config.forwardAddress === true || config.forwardPort === true)
    throw unsupported(
      name,
      'its host.v1 config leaves the address to the caller',
      'say where it is with --to HOST:PORT',
    )
  if (config.protocol !== 'tcp')
    throw unsupported(name, `its protocol is ${String(config.protocol)}`, 'zprom hosts TCP')
  const { address, port } = config
  if (typeof address !== 'string' || typeof port !== 'number')
    throw unsupported(name, 'its host.v1 config names no address and port')
  return {
    service: name,
    ...listenOptionsOf(config.listenOptions, identity),
    backend: backendOf(address, port, config.listenOptions),
  }
}

function backendOf(host: string, port: number, options: unknown): Backend {
  const seconds = field(options, 'connectTimeoutSeconds')
  // A caller's controller gives up after five seconds.
  const limitMs = 4_000
  return { host, port, connectTimeoutMs: typeof seconds === 'number' ? Math.min(seconds * 1000, limitMs) : limitMs }
}

function listenOptionsOf(options: unknown, identity: string): Pick<TcpHosting, 'identity' | 'cost' | 'precedence'> {
  const [named, cost, precedence] = ['identity', 'cost', 'precedence'].map(key => field(options, key))
  const own = field(options, 'bindUsingEdgeIdentity') === true
  return {
    ...(own ? { identity } : typeof named === 'string' && named !== '' && { identity: named }),
    ...(typeof cost === 'number' && { cost }),
    ...((precedence === 'required' || precedence === 'failed') && { precedence }),
  }
}

function field(data: unknown, key: string): unknown {
  return typeof data === 'object' && data !== null && Object.hasOwn(data, key) ? Object(data)[key] : undefined
}

function unsupported(service: string, why: string, hint?: string): EdgeError {
  return new EdgeError(`${service} cannot be hosted from its config: ${why}`, 'denied', hint)
}
