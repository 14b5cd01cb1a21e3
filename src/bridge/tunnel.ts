import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { EdgeConnection } from '../edge/index.js'
import { shownTarget } from './access-log.js'
import { type Answer, answerFor, asReasonPhrase, Refusal } from './answers.js'
import { startBudget } from './budget.js'
import type { TunnelUse } from './connections.js'
import type { BridgeContext } from './context.js'
import { checkToken, dialMeasured } from './forward.js'
import { locate, nameOf } from './locate.js'
import { parseAuthority } from './request-line.js'
import type { Entry } from './table.js'

/** What came from the client together with its request, and who is told of what moves. */
export type TunnelBeginning = { readonly head: Buffer; readonly use: TunnelUse }

/**
 * Handles one CONNECT: a stream to a target that speaks TLS, which Prometheus does itself. It stays open between scrapes,
 * and ends when either side does. Resolves when it is closed; never throws.
 */
export async function tunnel(
  request: IncomingMessage,
  client: Duplex,
  beginning: TunnelBeginning,
  context: BridgeContext,
): Promise<void> {
  const { clock, metrics, limits } = context
  const startedAt = clock()
  client.on('error', () => undefined)
  let entry: Entry | undefined
  const budget = startBudget(limits.timeoutMs, clock, () => (entry === undefined ? 'the target' : nameOf(entry)))
  client.once('close', budget.abandon)
  let failure: Answer | undefined
  let bytes = 0
  let leave = () => {}
  try {
    const onFound = (found: Entry) => {
      entry = found
    }
    entry = await budget.within(find(request, context, onFound))
    leave = context.dialler.enter(entry.service)
    const connection = await dialMeasured(entry, { context, budget })
    budget.end()
    // Prometheus keeps it between scrapes: many instances behind one service would take all places for good.
    leave()
    client.write('HTTP/1.1 200 Connection established\r\n\r\n')
    bytes = await join(client, connection, beginning, context)
  } catch (error) {
    failure = answerFor(budget.over() ?? error, entry?.service ?? 'the target')
    if (failure.reason === 'bug') context.onBug(error)
    refuse(client, failure)
  } finally {
    leave()
    budget.end()
    beginning.use.over()
  }
  const { service = '', identity = '' } = entry ?? {}
  metrics.requests.inc({ service, identity, code: String(failure?.status ?? 200) })
  if (failure !== undefined) metrics.refusals.inc({ reason: failure.reason })
  context.onAccess?.({
    method: 'CONNECT',
    target: shownTarget(request.url ?? ''),
    ...(entry !== undefined && { service, identity }),
    status: failure?.status ?? 200,
    ...(failure !== undefined && { reason: failure.reason, phrase: failure.phrase }),
    bytes,
    seconds: (clock() - startedAt) / 1000,
  })
}

async function find(request: IncomingMessage, context: BridgeContext, onFound: (entry: Entry) => void): Promise<Entry> {
  checkToken(request, context)
  const wanted = parseAuthority(request.url ?? '')
  if (wanted === undefined) throw new Refusal(400, 'request', 'CONNECT takes HOST:PORT')
  const entry = await locate(context.inventory, wanted, onFound)
  // A tunnel carries any protocol, so it is for nothing but what it is there for.
  if (!entry.isTls) throw new Refusal(403, 'forbidden', `${entry.service} is not a target with "scheme: https"`)
  return entry
}

// Until either side closes. Returns the bytes that came from the target.
async function join(
  client: Duplex,
  connection: EdgeConnection,
  { head, use }: TunnelBeginning,
  { metrics }: BridgeContext,
): Promise<number> {
  let bytes = 0
  metrics.tunnels.inc()
  connection.on('data', (piece: Buffer) => {
    use.moved('target')
    bytes += piece.length
    metrics.bytes.inc({ direction: 'in' }, piece.length)
  })
  client.on('data', (piece: Buffer) => {
    use.moved('client')
    metrics.bytes.inc({ direction: 'out' }, piece.length)
  })
  if (head.length > 0) connection.write(head)
  connection.pipe(client)
  client.pipe(connection)
  await new Promise<void>(resolve => {
    for (const one of [client, connection]) one.once('close', resolve).once('end', resolve)
    if (client.destroyed || connection.destroyed) resolve()
  })
  client.end()
  connection.destroy()
  metrics.tunnels.dec()
  return bytes
}

// Of a refused CONNECT Prometheus shows the phrase alone.
function refuse(client: Duplex, { status, phrase }: Answer): void {
  if (client.destroyed) return
  const text = asReasonPhrase(phrase)
  const lines = [
    `HTTP/1.1 ${status} ${text}`,
    'Content-Type: text/plain; charset=utf-8',
    ...(status === 407 ? ['Proxy-Authenticate: Basic realm="zprom"'] : []),
    `Content-Length: ${text.length + 1}`,
    'Connection: close',
  ]
  client.end(`${lines.join('\r\n')}\r\n\r\n${text}\n`)
}
