import { createServer } from 'node:http'
import { pipeline, Transform } from 'node:stream'
import { Counter, collectDefaultMetrics, Registry } from 'prom-client'
import type { EdgeConnection, Hosting, Overlay } from '../edge/index.js'

export type ReflectHosting = {
  readonly service: string
  readonly scrapeService: string
  /** The hosting identity's name, which is the terminator that scrapes ask for. */
  readonly identity: string
}

/** The article's workload, offered on the overlay alone. */
export type Reflect = { close(): Promise<void> }

/**
 * Offers what the article's reflect offers: lines come back on one service, and metrics are served on another, on every
 * path. Nothing listens on the plain network. Throws EdgeError when an offer fails.
 */
export async function hostReflect(
  overlay: Pick<Overlay, 'host'>,
  { service, scrapeService, identity }: ReflectHosting,
  say: (line: string) => void,
): Promise<Reflect> {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const connections = new Counter({
    name: 'reflect_total_connections',
    help: 'Connections to the reflect service since it started',
    registers: [registry],
  })
  const server = createServer(async (_, response) => {
    response.setHeader('content-type', registry.contentType)
    response.end(await registry.metrics())
  })
  const onState = (name: string) => (state: 'hosting' | 'lost', detail: string) =>
    say(state === 'hosting' ? `hosting ${name} over ${detail}` : `lost ${name}: ${detail}; trying again`)
  const hostings: Hosting[] = []
  const close = async () => {
    await Promise.all(hostings.map(hosting => hosting.close()))
    server.close()
    registry.clear()
  }
  try {
    hostings.push(
      await overlay.host(service, { onState: onState(service) }, connection => {
        connections.inc()
        reflect(connection)
      }),
    )
    // A connection of the overlay is as good as a socket to an HTTP server.
    const serve = (connection: EdgeConnection) => void server.emit('connection', connection)
    hostings.push(await overlay.host(scrapeService, { identity, onState: onState(scrapeService) }, serve))
    return { close }
  } catch (error) {
    await close()
    throw error
  }
}

function reflect(connection: EdgeConnection): void {
  pipeline(connection, answering(), connection, () => undefined)
}

// As long as a line can get before it is taken for one.
const longestLine = 64 * 1024

// As a stream: whoever sends and does not read has to wait.
function answering(): Transform {
  let rest = ''
  const answer = (line: string) => `you sent me: ${line.replace(/\r$/, '')}\n`
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const lines = (rest + chunk.toString('utf8')).split('\n')
      rest = lines.pop() ?? ''
      if (rest.length > longestLine) lines.push(rest)
      if (rest.length > longestLine) rest = ''
      done(null, lines.map(answer).join(''))
    },
    flush(done) {
      done(null, rest === '' ? '' : answer(rest))
    },
  })
}
