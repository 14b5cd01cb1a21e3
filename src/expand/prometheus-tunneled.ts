import type { Cluster } from '../spec/schema.js'
import { bindPolicy, dialPolicy, hostTcp, identity, intercept, type Part, service } from './fields.js'
import { prometheusClients, prometheusNames, zitiHostNames } from './names.js'

/** A Prometheus that listens inside its cluster; ziti-host carries the overlay's streams to its Service. */
export function expandTunneledPrometheus(cluster: Cluster, dialAttributes: readonly string[]): Part {
  const names = prometheusNames(cluster.name)
  return {
    entities: [
      identity(names.identity, dialAttributes),
      intercept(names.intercept, names.host),
      hostTcp(names.hostConfig, prometheusServiceName(cluster.releases.prometheus)),
      service(names.service, [names.intercept, names.hostConfig]),
      dialPolicy(names.dial, names.service, `#${prometheusClients}`),
      bindPolicy(names.bind, names.service, `@${zitiHostNames(cluster.name).identity}`),
    ],
    enrollments: [{ identity: names.identity, by: 'file', path: `${cluster.name}/${names.identity}.json` }],
  }
}

/**
 * The Kubernetes Service of the chart's server for a release name. The chart repeats its own name unless the release
 * contains it, and "prometheuz" does not contain "prometheus". Short: ziti-host runs in the same namespace.
 */
export function prometheusServiceName(release: string): string {
  const name = release.includes('prometheus') ? `${release}-server` : `${release}-prometheus-server`
  return name.slice(0, 63).replace(/-$/, '')
}
