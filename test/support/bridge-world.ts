import { writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createSecureContext, TLSSocket } from 'node:tls'
import { stringify } from 'yaml'
import { nodeFiles } from '../../src/cli/files.js'
import type { EdgeConnection, Hosting, Overlay } from '../../src/edge/index.js'
import { parseIdentityFile } from '../../src/enroll/index.js'
import { type RunningBridge, runBridge } from '../../src/flows/bridge.js'
import { openOverlayAs } from '../../src/flows/overlay.js'
import type { SpecInput } from '../../src/spec/schema.js'
import type { TestOverlay } from './overlay.js'
import { noteOutput } from './secrets.js'
import { newWorld, type World } from './world.js'

/** A cluster on a real overlay whose workloads the test hosts itself, and bridges to it. */
export type BridgeWorld = World & {
  readonly specPath: string
  /** Makes a spec true, and writes it where bridges read it. */
  provide(spec: SpecInput): Promise<void>
  /** Lines of the bridges' access logs. */
  readonly log: string[]
  /** The overlay as an identity of the cluster. */
  as(identity: string): Promise<Overlay>
  bridge(options?: BridgeChoice): Promise<RunningBridge & { readonly url: string }>
}

export type BridgeChoice = {
  readonly port?: number
  readonly token?: string
  readonly noSpec?: boolean
  readonly responseBytes?: number
}

export async function newBridgeWorld(given?: TestOverlay): Promise<BridgeWorld> {
  const world = await newWorld(given)
  const { word, outDir } = world
  const specPath = join(outDir, 'zprom.yaml')
  const opened: Overlay[] = []
  const bridges: RunningBridge[] = []
  const log: string[] = []
  const identityFile = async (identity: string) => {
    const text = (await nodeFiles.read(join(outDir, word, `${identity}.json`))) ?? ''
    return parseIdentityFile(text, { name: identity })
  }
  return {
    ...world,
    specPath,
    log,
    provide: async spec => {
      await world.converge(spec)
      await writeFile(specPath, stringify({ stack: word, ...spec }))
    },
    as: async identity => {
      const overlay = openOverlayAs(identity, await identityFile(identity), { timeoutMs: 10_000, now: Date.now })
      opened.push(overlay)
      return overlay
    },
    bridge: async ({ port = 0, token, noSpec = false, responseBytes = 1_000_000 } = {}) => {
      const identity = `${word}.prometheus.id`
      const bridge = await runBridge(
        {
          identity,
          overlay: openOverlayAs(identity, await identityFile(identity), { timeoutMs: 10_000, now: Date.now }),
          host: '127.0.0.1',
          port,
          token,
          limits: { timeoutMs: 4500, responseBytes, perService: 8 },
          version: '0.0.0',
        },
        {
          spec: { read: async () => (noSpec ? undefined : nodeFiles.read(specPath)), shown: 'zprom.yaml' },
          listener: event => log.push(JSON.stringify(event)),
          clock: () => performance.now(),
          now: Date.now,
          onAccess: access => log.push(JSON.stringify(access)),
          onBug: error => log.push(`bug: ${error instanceof Error ? error.stack : error}`),
        },
      )
      bridges.push(bridge)
      return { ...bridge, url: `http://127.0.0.1:${bridge.port}` }
    },
    end: async () => {
      await Promise.all(bridges.map(bridge => bridge.close(0)))
      noteOutput('the logs of bridges', log.join('\n'))
      await Promise.all(opened.map(overlay => overlay.close()))
      await world.end()
    },
  }
}

/** An exporter on streams of the overlay: `/metrics` as given, `/large`, `/away` to another host, `/near` to itself. */
export function exporter(exposition: () => string): Server {
  return createServer((request, response) => {
    const { url, headers, rawHeaders } = request
    if (response.writableEnded) return
    if (url === '/away') response.writeHead(302, { location: 'http://elsewhere.example/metrics' })
    else if (url === '/near') response.writeHead(302, { location: `http://${headers.host}/metrics` })
    else response.setHeader('content-type', 'text/plain; version=0.0.4')
    if (url === '/headers') response.end(JSON.stringify(rawHeaders))
    else response.end(url === '/large' ? 'x'.repeat(2_000_000) : exposition())
  })
}

/** Hosts what a server serves. */
export function hostServer(
  overlay: Overlay,
  service: string,
  identity: string | undefined,
  server: Server,
): Promise<Hosting> {
  return overlay.host(service, identity === undefined ? {} : { identity }, stream => {
    stream.on('error', () => undefined)
    server.emit('connection', stream)
  })
}

/** The same behind TLS, which the client speaks with the server, over the overlay. */
export function hostTls(
  overlay: Overlay,
  service: string,
  { key, cert, server }: { readonly key: string; readonly cert: string; readonly server: Server },
): Promise<Hosting> {
  const secureContext = createSecureContext({ key, cert })
  return overlay.host(service, {}, stream => {
    const socket = new TLSSocket(stream as never, { isServer: true, secureContext })
    for (const one of [stream, socket]) one.on('error', () => undefined)
    server.emit('connection', socket)
  })
}

/** Carries streams to a port of this machine. */
export function carryTo(port: number): (stream: EdgeConnection) => void {
  return stream => {
    const socket = connect(port, '127.0.0.1')
    for (const one of [stream, socket]) one.on('error', () => undefined)
    stream.pipe(socket).pipe(stream)
    stream.once('close', () => socket.destroy())
    socket.once('close', () => stream.destroy())
  }
}
