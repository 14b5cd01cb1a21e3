import type { EdgeService } from '../edge/index.js'
import type { BridgeTarget } from '../model/bridge.js'
import { opaqueHost, scrapeHost } from '../model/scrape-host.js'
import type { Entry } from './table.js'

type Service = Pick<EdgeService, 'name' | 'permissions'>

/**
 * Joins what the overlay lets an identity use with what a spec says of it. Services that no spec speaks of are told by
 * their names, as zprom and the article give them. Pure.
 */
export function entriesOf(services: readonly Service[], targets: readonly BridgeTarget[]): Entry[] {
  const dialable = new Set(services.filter(({ permissions }) => permissions.includes('Dial')).map(({ name }) => name))
  const known = new Set(targets.map(({ service }) => service))
  const entries = [
    ...targets.map(target => specEntry(target, dialable.has(target.service))),
    ...[...dialable].filter(name => !known.has(name)).map(entryByName),
  ]
  return withoutTwins(entries)
}

function specEntry(target: BridgeTarget, isDialable: boolean): Entry {
  const { service, identity, metricsPath = '/metrics', isPrometheus, tls } = target
  return {
    host: scrapeHost(target),
    service,
    identity,
    isDialable,
    isTls: tls !== undefined,
    paths: isPrometheus ? prometheusPaths : [metricsPath],
    target,
  }
}

// A Prometheus has an interface behind the same service; only its series are for others to read.
const prometheusPaths = ['/metrics', '/federate']

function entryByName(service: string): Entry {
  const [, workload] = /^(.+)\.scrape\.svc$/.exec(service) ?? []
  if (workload !== undefined) return namedEntry(service, `${workload}.id`, { name: workload, isPrometheus: false })
  const [, prometheus] = /^(.+\.prometheus)\.svc$/.exec(service) ?? []
  if (prometheus === undefined) return namedEntry(service, '', undefined)
  const entry = namedEntry(service, '', { name: prometheus, isPrometheus: true })
  const otherIdentity = `${prometheus}.id`
  // What is rendered for one that is dark.
  const otherHost = scrapeHost({ service, identity: otherIdentity })
  return { ...entry, otherIdentity, otherHost, paths: prometheusPaths }
}

function namedEntry(
  service: string,
  identity: string,
  target: Pick<BridgeTarget, 'name' | 'isPrometheus'> | undefined,
): Entry {
  return {
    host: scrapeHost({ service, identity }),
    service,
    identity,
    isDialable: true,
    isTls: false,
    paths: undefined,
    target: target && { ...target, service, identity, zitified: true, scrapedBy: [] },
  }
}

// a-b + c and a + b-c read the same: neither gets that text.
function withoutTwins(entries: readonly Entry[]): Entry[] {
  const counts = new Map<string, number>()
  for (const { host } of entries) counts.set(host, (counts.get(host) ?? 0) + 1)
  return entries.map(entry => (counts.get(entry.host) === 1 ? entry : { ...entry, host: opaqueHost(entry) }))
}
