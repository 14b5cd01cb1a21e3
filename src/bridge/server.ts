import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { EdgeError, type EdgeService, type Overlay } from '../edge/index.js'
import { AuthError, ControllerError } from '../errors.js'
import type { BridgeTargets } from '../model/bridge.js'
import { cannotListen } from '../model/cannot-listen.js'
import { createBridgeAgent } from './agent.js'
import { keepConnections } from './connections.js'
import type { BridgeContext, BridgeLimits } from './context.js'
import { createDialler } from './dialler.js'
import { forward } from './forward.js'
import { createInventory, type Known } from './inventory.js'
import { createMetrics } from './metrics.js'
import { servePage } from './pages.js'
import { reachableTargets } from './sd.js'
import { tunnel } from './tunnel.js'

/** Where a bridge listens, whom it dials as, and what it allows. */
export type BridgeOptions = Pick<BridgeContext, 'token' | 'identity' | 'clock' | 'onAccess' | 'onBug'> & {
  readonly overlay: Pick<Overlay, 'dial' | 'services'>
  readonly host: string
  /** 0: a free one. */
  readonly port: number
  readonly limits: BridgeLimits
  /** Shown in the metrics. */
  readonly version: string
  /** Seconds since the epoch. */
  readonly now: () => number
  readTargets(): Promise<BridgeTargets | undefined>
  /** Told when reading what there is begins to fail, and when it works again. */
  readonly onInventory: (trouble: unknown) => void
}

/** A bridge that listens. */
export type Bridge = {
  readonly host: string
  readonly port: number
  /** Takes no more requests, lets those under way end, but not for longer than this. */
  close(graceMs: number): Promise<void>
}

/** Longer than any sensible scrape interval, so that Prometheus keeps its connections. */
const keepAliveMs = 15 * 60_000
const refreshMs = 30_000
// The longest URL and headers that a Prometheus sends are a few kB.
const maxHeaderSize = 32 * 1024

/** Starts a bridge. Throws what `listen` throws. */
export async function startBridge(options: BridgeOptions): Promise<Bridge> {
  const context = createContext(options)
  const { metrics, inventory } = context
  const server = createServer(
    { keepAliveTimeout: keepAliveMs, requestTimeout: 60_000, maxHeaderSize },
    (request, response) => {
      request.resume()
      const isPage = request.url?.startsWith('/') === true || request.url === '*'
      void (isPage ? servePage(request, response, context) : forward(request, response, context))
    },
  )
  const connections = keepConnections(server, context.clock)
  server.on('connect', (request, socket: Socket, head) => {
    socket.setTimeout(keepAliveMs, () => socket.destroy())
    void tunnel(request, socket, { head, use: connections.tunnel(socket) }, context)
  })
  server.on('connection', socket => {
    connections.add(socket)
    metrics.connections.inc({ side: 'client' })
    socket.once('close', () => metrics.connections.dec({ side: 'client' }))
  })
  await new Promise<void>((resolve, reject) => {
    const { host, port } = options
    const hint =
      'name another place with --listen ADDRESS:PORT, or 127.0.0.1:0 for any free port; does a bridge run already?'
    server.once('error', error => reject(cannotListen({ host, port, hint }, error)))
    server.listen(options.port, options.host, () => resolve())
  })
  const refresh = () => void inventory.fresh(0).catch(() => undefined)
  refresh()
  const refreshing = setInterval(refresh, refreshMs)

  const close = async (graceMs: number) => {
    clearInterval(refreshing)
    const closed = new Promise<void>(resolve => server.close(() => resolve()))
    connections.endIdle()
    const force = setTimeout(connections.endAll, graceMs)
    // A connection that was busy becomes idle, and would stay.
    const idle = setInterval(connections.endIdle, 50)
    await closed
    clearTimeout(force)
    context.agent.destroy()
    clearInterval(idle)
  }
  const { address, port } = server.address() as AddressInfo
  return { host: address, port, close }
}

function createContext(options: BridgeOptions): BridgeContext {
  const { overlay, limits, token, identity, clock, onAccess, onBug, readTargets } = options
  const metrics = createMetrics(options.version)
  const onRead = (known: Known | undefined, error: unknown) => {
    options.onInventory(error)
    metrics.sessionUp.set(isControllerTrouble(error) ? 0 : 1)
    if (known === undefined) return
    metrics.readAt.set(options.now())
    metrics.sdTargets.set(reachableTargets(known.table.entries, { identity, reader: undefined }).length)
  }
  const services = (): Promise<EdgeService[]> => overlay.services()
  return {
    inventory: createInventory({ services, readTargets, clock, onRead }),
    dialler: createDialler({ overlay, perService: limits.perService }),
    agent: createBridgeAgent(),
    metrics,
    limits,
    token,
    identity,
    clock,
    onAccess,
    onBug,
  }
}

function isControllerTrouble(error: unknown): boolean {
  return error instanceof ControllerError || error instanceof AuthError || error instanceof EdgeError
}
