import { stringify } from 'yaml'
import type { SpecInput } from './schema.js'

/** What a new file begins with. */
export type NewSpec = Pick<SpecInput, 'stack' | 'overlay'>

/** The text of a new zprom.yaml without clusters and developers; edits add those. */
export function newSpec({ stack = 'zprom', overlay }: NewSpec = {}): string {
  const parts = overlay === undefined ? [{ stack }] : [{ stack }, { overlay }]
  return [...heading, ...parts.map(part => stringify(part, { lineWidth: 0 }).trimEnd()), ''].join('\n')
}

const heading = [
  '# What zprom keeps on the OpenZiti overlay: clusters with a Prometheus, and the people who look at it.',
  '# Edit this file by hand, or let `zprom init`, `zprom dev-identity` and `zprom add-target` do so; comments stay.',
  '# `zprom plan` shows what the overlay lacks, `zprom apply` adds it.',
]
