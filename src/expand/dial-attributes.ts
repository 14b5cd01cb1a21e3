import { sortedSet } from '../model/entity.js'
import type { Cluster } from '../spec/schema.js'
import { prometheusClients, reflectClients } from './names.js'

/**
 * What every Prometheus and developer of a spec may dial: any Prometheus, and every workload. Without clusters it is the
 * article's pair, so that a developer made first needs no change when the first cluster comes.
 */
export function dialAttributesOf(clusters: readonly Cluster[]): string[] {
  if (clusters.length === 0) return sortedSet([prometheusClients, reflectClients])
  const clients = clusters.flatMap(cluster => cluster.workloads.map(workload => workload.clients))
  return sortedSet([prometheusClients, ...clients])
}
