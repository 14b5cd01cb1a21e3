import type { IncomingMessage, ServerResponse } from 'node:http'
import type { EdgeConnection } from '../edge/index.js'
import { shownTarget } from './access-log.js'
import { type Answer, answerFor, asReasonPhrase, Refusal } from './answers.js'
import { type Asked, askKept } from './ask.js'
import { type Budget, budgetMsOf, startBudget } from './budget.js'
import type { BridgeContext } from './context.js'
import { relay } from './exchange.js'
import { locate, nameOf } from './locate.js'
import { parseAbsoluteForm } from './request-line.js'
import type { Entry } from './table.js'
import { holdsToken } from './token.js'

/** Handles one absolute-form request: whatever happens, it is answered, counted and logged. Never throws. */
export async function forward(
  request: IncomingMessage,
  response: ServerResponse,
  context: BridgeContext,
): Promise<void> {
  const { clock, metrics, limits } = context
  const startedAt = clock()
  const run: Run = { entry: undefined, bytes: 0 }
  const what = () => (run.entry === undefined ? 'the target' : nameOf(run.entry))
  const budgetMs = budgetMsOf(request.headers['x-prometheus-scrape-timeout-seconds'], limits.timeoutMs)
  const budget = startBudget(budgetMs, clock, what)
  response.on('close', () => {
    if (!response.writableFinished) budget.abandon()
  })
  metrics.inFlight.inc()
  let failure: Answer | undefined
  try {
    await exchange(request, response, { context, budget, run })
  } catch (error) {
    failure = answerFor(budget.over() ?? error, what(), response.headersSent)
    if (failure.reason === 'bug') context.onBug(error)
    run.bytes += sendFailure(response, failure)
  } finally {
    budget.end()
    metrics.inFlight.dec()
  }
  const status = failure?.status ?? response.statusCode
  const { service = '', identity = '' } = run.entry ?? {}
  metrics.requests.inc({ service, identity, code: String(status) })
  metrics.requestSeconds.observe((clock() - startedAt) / 1000)
  if (failure !== undefined) metrics.refusals.inc({ reason: failure.reason })
  if (failure?.reason === 'client-gone') metrics.aborts.inc()
  context.onAccess?.({
    method: request.method ?? '',
    target: shownTarget(request.url ?? ''),
    ...(run.entry !== undefined && { service, identity }),
    status,
    ...(failure !== undefined && { reason: failure.reason, phrase: failure.phrase }),
    bytes: run.bytes,
    seconds: (clock() - startedAt) / 1000,
  })
}

type Run = { entry: Entry | undefined; bytes: number }

type Parts = { readonly context: BridgeContext; readonly budget: Budget; readonly run: Run }

async function exchange(request: IncomingMessage, response: ServerResponse, parts: Parts): Promise<void> {
  const { context, budget, run } = parts
  const { method = '', url = '', rawHeaders } = request
  checkToken(request, context)
  if (method !== 'GET' && method !== 'HEAD')
    throw new Refusal(405, 'request', `${method} is refused: a bridge only reads`)
  const wanted = parseAbsoluteForm(url)
  if (wanted === undefined) throw new Refusal(400, 'request', 'the request names no target as http://HOST:PORT/PATH')
  const onFound = (found: Entry) => {
    run.entry = found
  }
  const located = locate(context.inventory, wanted, onFound)
  // Without a wait the request is on its way before this one is done with: each wait lets Node do everything else first.
  const entry = located instanceof Promise ? await budget.within(located) : located
  if (entry.isTls) throw new Refusal(502, 'forbidden', `${entry.service} speaks TLS: its job needs "scheme: https"`)
  const leave = context.dialler.enter(entry.service)
  const dial = () => dialMeasured(entry, parts)
  let asked: Asked | undefined
  try {
    const { agent, clock } = context
    asked = await askKept({ agent, entry, budget, clock, dial, method, path: wanted.path, rawHeaders })
    if (asked.reused) context.metrics.reuses.inc()
    const count = (bytes: number) => {
      run.bytes += bytes
    }
    const { responseBytes } = context.limits
    await relay(asked.answer, response, { entry, host: wanted.host, limit: responseBytes, budget, count })
  } catch (error) {
    const cause = error instanceof Refusal ? error : (asked?.failure() ?? error)
    // What of the answer is left would be taken for the next one.
    asked?.answer.destroy()
    throw cause
  } finally {
    leave()
    context.metrics.bytes.inc({ direction: 'in' }, run.bytes)
  }
}

/** Refuses a request that lacks the token, if there is one. */
export function checkToken({ headers }: IncomingMessage, { token, metrics }: BridgeContext): void {
  if (token === undefined || holdsToken(headers['proxy-authorization'], token)) return
  metrics.authFailures.inc()
  throw new Refusal(407, 'auth', 'Proxy Authentication Required')
}

/** Dials an entry within the budget, and counts it. */
export async function dialMeasured(
  entry: Entry,
  { context, budget }: Pick<Parts, 'context' | 'budget'>,
): Promise<EdgeConnection> {
  const { dialler, metrics, clock } = context
  const startedAt = clock()
  metrics.dials.inc()
  try {
    const connection = await dialler.dial(entry, budget)
    metrics.dialSeconds.observe((clock() - startedAt) / 1000)
    metrics.connections.inc({ side: 'overlay' })
    connection.once('close', () => metrics.connections.dec({ side: 'overlay' }))
    // What breaks it reaches the request as well; without a listener it would end the process.
    connection.on('error', () => undefined)
    return connection
  } catch (error) {
    metrics.dialFailed(answerFor(error, entry.service).reason)
    throw error
  }
}

// The phrase is what Prometheus shows; the body is for people with curl. Returns the length of the body.
function sendFailure(response: ServerResponse, { status, phrase }: Answer): number {
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return 0
  }
  const text = asReasonPhrase(phrase)
  response.writeHead(status, text, {
    'content-type': 'text/plain; charset=utf-8',
    ...(status === 407 && { 'proxy-authenticate': 'Basic realm="zprom"' }),
  })
  response.end(`${text}\n`)
  return response.req.method === 'HEAD' ? 0 : text.length + 1
}
