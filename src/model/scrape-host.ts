import { createHash } from 'node:crypto'

type Pair = { readonly service: string; readonly identity: string }

/**
 * The host name under which a stock Prometheus asks a bridge for a target: the same text that prometheuz takes, so that
 * `instance` stays the same. A name that no host name carries unchanged gets one that says nothing, and is looked up.
 */
export function scrapeHost(pair: Pair): string {
  const text = scrapeText(pair)
  return fitHost.test(text) ? text : opaqueHost(pair)
}

/** `service-identity`, whatever is in the names; what a person knows the target by. */
export function scrapeText({ service, identity }: Pair): string {
  return `${service}-${identity}`
}

/** A host name that fits any pair, and no two. */
export function opaqueHost({ service, identity }: Pair): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([service, identity]))
    .digest('hex')
  return `t-${digest.slice(0, 16)}`
}

/** Two pairs of which a bridge could not tell which one is meant, as URLs know no case in a host name; undefined when none. */
export function alikePairs(pairs: readonly Pair[]): readonly [Pair, Pair] | undefined {
  const seen = new Map<string, Pair>()
  for (const pair of pairs) {
    const key = scrapeHost(pair).toLowerCase()
    const other = seen.get(key)
    if (other === undefined) seen.set(key, pair)
    else if (other.service !== pair.service || other.identity !== pair.identity) return [other, pair]
  }
  return undefined
}

// What Prometheus 2.42 and 3.13 send on as it stands in the configuration.
const fitHost = /^[A-Za-z0-9._~-]{1,253}$/
