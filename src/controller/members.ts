import { asRaw, record, text } from '../kinds/index.js'
import { wholeQuery } from './filters.js'
import type { HttpAnswer } from './http.js'
import { managementPath } from './login.js'
import type { Node } from './nodes.js'

/** Where each API lists the controllers of a cluster: 2.x does, and one that stands alone lists itself. */
export const membersPath = `/controllers?${wholeQuery()}`

/** The request for the controllers of a cluster by the management API. */
export const membersRequest = { method: 'GET', path: `${managementPath}${membersPath}`, isList: true } as const

/**
 * The origins of one API of a cluster's members, from the answer to what `membersPath` asks for; none for a controller that
 * stands alone, or an answer that is no such list. What is not https is left out: secrets are sent there.
 */
export function readMembers(
  { status, body }: Pick<HttpAnswer, 'status' | 'body'>,
  api: 'edge-management' | 'edge-client' = 'edge-management',
): string[] {
  if (status !== 200) return []
  const { data } = asRaw(body, 'controllers')
  const members = Array.isArray(data) ? data.map(row => asRaw(row, 'controller')) : []
  if (members.length < 2) return []
  return members.flatMap(member => {
    const apis = record(member, 'apiAddresses', 'controller')[api]
    const urls = Array.isArray(apis) ? apis.map(api => text(asRaw(api, 'apiAddress'), 'url', 'apiAddress')) : []
    const origins = urls.filter(url => URL.canParse(url)).map(url => new URL(url))
    return origins
      .filter(({ protocol }) => protocol === 'https:')
      .map(({ origin }) => origin)
      .slice(0, 1)
  })
}

/** Whether a controller of this version can be one of several: one from 2.x on always is, of one member at least. */
export function canBeClustered(version: string | undefined): boolean {
  return Number(/^v?(\d+)\./.exec(version ?? '')?.[1] ?? 0) >= 2
}

/** Who else is in a cluster, asked for once after each log-in, when it is wanted. */
export type Membership = {
  /** There was a log-in here: whoever was just logged in to knows best. */
  owe(url: string): void
  /** Asks a node, if it still owes that. Never throws: to know them is a provision for later. */
  learn(node: Node): Promise<void>
}

/** How a node is asked, and what becomes of what it says. */
export type MembershipOptions = {
  readonly ask: (node: Node) => Promise<HttpAnswer>
  readonly isPossible: () => boolean
  readonly onMembers: (urls: readonly string[]) => Promise<void>
}

/** A membership that owes nothing yet. */
export function createMembership({ ask, isPossible, onMembers }: MembershipOptions): Membership {
  const owing = new Set<string>()
  const asked = new Map<string, Promise<void>>()
  const learn = async (node: Node) => {
    const members = readMembers(await ask(node))
    if (members.length > 0) await onMembers(members)
  }
  return {
    owe: url => owing.add(url),
    learn: node => {
      const { url } = node
      const underWay = asked.get(url)
      if (underWay !== undefined || !owing.has(url) || !isPossible()) return underWay ?? Promise.resolve()
      owing.delete(url)
      const done = learn(node)
        .catch(() => void owing.add(url))
        .finally(() => asked.delete(url))
      asked.set(url, done)
      return done
    },
  }
}
