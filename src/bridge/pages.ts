import type { IncomingMessage, ServerResponse } from 'node:http'
import { isIP } from 'node:net'
import { shownTarget } from './access-log.js'
import { answerFor, Refusal } from './answers.js'
import type { BridgeContext } from './context.js'
import { reachableTargets, readerTargets } from './sd.js'
import { holdsToken } from './token.js'

type Page = { readonly status: number; readonly contentType: string; readonly text: string }

// A list of targets is as new as this; Prometheus asks once a minute unless told otherwise.
const listAgeMs = 1000

/** Answers what is asked of the bridge itself: lists of targets, its own metrics, its health. Never throws. */
export async function servePage(
  request: IncomingMessage,
  response: ServerResponse,
  context: BridgeContext,
): Promise<void> {
  const startedAt = context.clock()
  const page = await pageFor(request, context).catch(error => failedPage(error, context))
  const isHead = request.method === 'HEAD'
  response.writeHead(page.status, {
    'content-type': page.contentType,
    'content-length': Buffer.byteLength(page.text),
    ...(page.status === 401 && { 'www-authenticate': 'Bearer realm="zprom"' }),
  })
  response.end(isHead ? undefined : page.text)
  context.onAccess?.({
    method: request.method ?? '',
    target: shownTarget(request.url ?? ''),
    status: page.status,
    bytes: isHead ? 0 : Buffer.byteLength(page.text),
    seconds: (context.clock() - startedAt) / 1000,
  })
}

async function pageFor(request: IncomingMessage, context: BridgeContext): Promise<Page> {
  const { method, url = '' } = request
  if (method !== 'GET' && method !== 'HEAD') throw new Refusal(405, 'request', 'GET and HEAD only')
  const path = url.replace(/\?.*$/s, '')
  if (path === '/-/healthy') return plain(200, 'zprom bridge is alive')
  if (path === '/-/ready') return ready(context)
  checkPageToken(request, context)
  if (path === '/metrics') return exposition(context)
  const [, name, federate] = /^\/sd\/([^/]+)(\/federate)?$/.exec(path) ?? []
  if (name !== undefined) return targetList(decode(name), federate !== undefined, context)
  throw new Refusal(
    404,
    'request',
    'there is /sd/targets, /sd/NAME, /sd/NAME/federate, /metrics, /-/healthy and /-/ready',
  )
}

// Without a token, the loopback is what protects: a page in a browser there must not reach us by a name that its maker has lead
// here (DNS rebinding). A name that nobody can make lead elsewhere is no such name.
function checkPageToken({ headers }: IncomingMessage, { token, metrics }: BridgeContext): void {
  if (token === undefined) {
    if (isFixedHost(headers.host ?? '')) return
    throw new Refusal(403, 'forbidden', 'without a token, ask by an IP address or localhost')
  }
  if (holdsToken(headers.authorization, token)) return
  metrics.authFailures.inc()
  throw new Refusal(401, 'auth', 'the token is missing or wrong')
}

/** Whether a Host header names an IP address or localhost, with a port or without. */
export function isFixedHost(host: string): boolean {
  const [, six, name = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(host) ?? []
  return six === undefined ? isIP(name) === 4 || name.toLowerCase() === 'localhost' : isIP(six) === 6
}

function ready({ inventory }: BridgeContext): Page {
  const trouble = inventory.trouble()
  if (trouble !== undefined) return plain(503, answerFor(trouble, 'the controller').phrase)
  return inventory.current() === undefined ? plain(503, 'the services are not read yet') : plain(200, 'ready')
}

async function exposition({ metrics }: BridgeContext): Promise<Page> {
  const { text, contentType } = await metrics.expose()
  return { status: 200, contentType, text }
}

// A failure must never look like an empty list, for that would remove every target: it is thrown, and Prometheus keeps its last one.
async function targetList(
  name: string,
  federate: boolean,
  { inventory, identity, metrics }: BridgeContext,
): Promise<Page> {
  try {
    const { table, readers } = await inventory.fresh(listAgeMs)
    const isAll = name === 'targets' && !federate
    const names = readers.map(reader => reader.name)
    if (!isAll && !names.includes(name))
      throw new Refusal(404, 'unknown', `the spec has no Prometheus ${name}; it has: ${names.join(', ') || 'none'}`)
    const self = { identity, reader: readers.find(one => one.identity === identity)?.name }
    const groups = isAll ? reachableTargets(table.entries, self) : readerTargets(table.entries, name, federate)
    metrics.sdRequests.inc({ code: '200' })
    return { status: 200, contentType: 'application/json', text: `${JSON.stringify(groups)}\n` }
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw new Refusal(500, 'controller', `the targets can't be listed: ${messageOf(error)}`)
  }
}

function failedPage(error: unknown, { metrics, onBug }: BridgeContext): Page {
  const { status, phrase, reason } = answerFor(error, 'the bridge')
  if (reason === 'bug') onBug(error)
  if (status >= 500) metrics.sdRequests.inc({ code: String(status) })
  return plain(status, phrase)
}

function plain(status: number, text: string): Page {
  return { status, contentType: 'text/plain; charset=utf-8', text: `${text}\n` }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown'
}
