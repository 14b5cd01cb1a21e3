import { asRaw, record, text } from '../kinds/index.js'
import { wholeQuery } from './filters.js'
import type { HttpAnswer } from './http.js'
import { managementPath } from './login.js'

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
