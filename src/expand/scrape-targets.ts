import type { ScrapeTarget } from '../model/scrape.js'
import type { Cluster, Spec, Target } from '../spec/schema.js'
import { splitAddress } from './fields.js'
import { localName, prometheusNames, targetNames, workloadNames } from './names.js'

/** Everything that a Prometheus of this spec can scrape, in the order of the spec. */
export function scrapeTargetsOf(spec: Pick<Spec, 'clusters' | 'targets' | 'local'>): ScrapeTarget[] {
  return [
    ...spec.clusters.flatMap(cluster => [prometheusTarget(cluster), ...workloadTargets(cluster)]),
    // One that is not dark is on no overlay, so nobody can scrape it there.
    ...(spec.local?.dark === true ? [darkPrometheus(localName)] : []),
    ...spec.targets.map(externalTarget),
  ]
}

/** A cluster's workloads as scrape targets. */
export function workloadTargets({ name, workloads }: Pick<Cluster, 'name' | 'workloads'>): ScrapeTarget[] {
  return workloads.map(workload => {
    const { scrapeService, identity } = workloadNames(name, workload.name)
    return { name: `${name}.${workload.name}`, service: scrapeService, identity, zitified: true }
  })
}

/** A cluster's Prometheus as a scrape target. */
export function prometheusTarget({ name, prometheus }: Pick<Cluster, 'name' | 'prometheus'>): ScrapeTarget {
  if (prometheus === 'dark') return darkPrometheus(name)
  // What ziti-host offers has no identity of its own: its config sets no listen options.
  return { name: `${name}.prometheus`, service: prometheusNames(name).service, identity: '', zitified: true }
}

function darkPrometheus(cluster: string): ScrapeTarget {
  const { service, identity } = prometheusNames(cluster)
  return { name: `${cluster}.prometheus`, service, identity, zitified: true }
}

function externalTarget(target: Target): ScrapeTarget {
  const { name, address, path, scheme, serverName, caFile } = target
  const { host } = splitAddress(address)
  return {
    name,
    service: targetNames(name).service,
    identity: '',
    zitified: false,
    ...(path !== '/metrics' && { metricsPath: path }),
    // The target's text is no host name, so without this no certificate would ever fit.
    ...(scheme === 'https' && { tls: { serverName: serverName ?? host, ...(caFile !== undefined && { caFile }) } }),
  }
}
