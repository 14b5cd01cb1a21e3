import { AuthError, ControllerError } from '../errors.js'
import { asRaw, type Raw, text } from '../kinds/index.js'
import { dataOf } from './answer.js'
import { namedFilter, wholeQuery } from './filters.js'
import type { HttpAnswer, HttpRequest } from './http.js'
import { managementPath } from './login.js'
import { isNeverSent, lacksLeader } from './node-failure.js'
import type { Node, Nodes } from './nodes.js'
import type { Created } from './port.js'
import { createTries, type Patience } from './tries.js'

/** What requests are made with: the nodes, how one of them is asked, and how long what may pass is waited for. */
export type Caller = {
  readonly nodes: Nodes
  readonly patience: Patience
  call(node: Node, request: HttpRequest): Promise<HttpAnswer>
}

// A filter with this many names stays far below the API's limit on headers (95 kB were fine).
const namesPerRequest = 300

/** The request for a document of the management API. */
export function get(path: string): HttpRequest {
  return { method: 'GET', path: `${managementPath}${path}` }
}

/** A whole collection; `first`: the node to ask before others. Throws ControllerError, AuthError. */
export async function getList(caller: Caller, path: string, filter: string, first?: Node): Promise<readonly unknown[]> {
  const { data } = await repeat(caller, { ...get(`${path}?${wholeQuery(filter)}`), isList: true }, { first })
  if (Array.isArray(data)) return data
  throw new ControllerError(`${caller.nodes.current().url}: GET ${path} did not answer a list`, {
    method: 'GET',
    path,
    retryable: false,
  })
}

/** The members of a collection with one of these names. Throws ControllerError, AuthError. */
export async function listByName(
  caller: Caller,
  path: string,
  names: readonly string[],
  first?: Node,
): Promise<readonly unknown[]> {
  const pages: Promise<readonly unknown[]>[] = []
  for (let at = 0; at < names.length; at += namesPerRequest) {
    pages.push(getList(caller, path, namedFilter(names.slice(at, at + namesPerRequest)), first))
  }
  return (await Promise.all(pages)).flat()
}

/**
 * Creates a named entity. It is asked for again only after a look, at the node that was asked, for the answer may be lost
 * while the entity is there. Throws ControllerError, AuthError.
 */
export async function create(caller: Caller, path: string, body: Raw): Promise<Created> {
  const name = text(body, 'name', 'body')
  const request: HttpRequest = { method: 'POST', path: `${managementPath}${path}`, body }
  const tries = createTries(caller.nodes, caller.patience)
  for (;;) {
    const node = caller.nodes.current()
    try {
      const { data } = dataOf(node.url, await caller.call(node, request), request)
      return { id: text(asRaw(data, 'created'), 'id', 'created') }
    } catch (error) {
      if (error instanceof ControllerError && mayBeThere(error)) {
        const [existing] = await listByName(caller, path, [name], node)
        if (existing !== undefined) return { id: text(asRaw(existing, path), 'id', path), existing }
      }
      if (!(await tries.again(error, node))) throw tries.told(error)
    }
  }
}

// The name is taken, or nobody knows what became of it. Only a request that never arrived has certainly done nothing.
function mayBeThere(error: ControllerError): boolean {
  const { status, field, retryable } = error.detail
  return (status === 400 && field === 'name') || (retryable && !isNeverSent(error))
}

/** A POST that cannot be looked up by a name: sent again only when it certainly did nothing. Throws ControllerError, AuthError. */
export async function post(caller: Caller, path: string, body: Raw): Promise<unknown> {
  const request: HttpRequest = { method: 'POST', path: `${managementPath}${path}`, body }
  const attempt = async (node: Node) => dataOf(node.url, await caller.call(node, request), { method: 'POST', path })
  return (await onSomeNode(caller, attempt, { mayRepeat: didNothing })).data
}

function didNothing(error: unknown): boolean {
  if (error instanceof AuthError) return true
  return error instanceof ControllerError && (isNeverSent(error) || lacksLeader(error))
}

/**
 * For requests that may be sent twice: GET, and PUT, PATCH and DELETE of one entity by id. `fine`: statuses that are no failure.
 * Throws ControllerError, AuthError.
 */
export function repeat(
  caller: Caller,
  request: HttpRequest,
  { fine = [], first }: { readonly fine?: readonly number[]; readonly first?: Node | undefined } = {},
): Promise<Raw> {
  const attempt = async (node: Node) => dataOf(node.url, await caller.call(node, request), request)
  return onSomeNode(caller, attempt, { first }).catch(error => {
    if (error instanceof ControllerError && fine.includes(error.detail.status ?? 0)) return {}
    throw error
  })
}

type OnSomeNode = {
  /** The node to begin with; unless given, the one in use. */
  readonly first?: Node | undefined
  /** Whether it may be run again after a failure; unless given, it always may. */
  readonly mayRepeat?: (error: unknown) => boolean
}

/** Runs something on the node in use, and again there or on others as long as that is of use. */
export async function onSomeNode<T>(
  { nodes, patience }: Caller,
  attempt: (node: Node) => Promise<T>,
  { first, mayRepeat = () => true }: OnSomeNode = {},
): Promise<T> {
  const tries = createTries(nodes, patience)
  for (let node = first ?? nodes.current(); ; node = nodes.current()) {
    try {
      return await attempt(node)
    } catch (error) {
      if (!mayRepeat(error)) {
        tries.giveUp(error, node)
        throw error
      }
      if (!(await tries.again(error, node))) throw tries.told(error)
    }
  }
}
