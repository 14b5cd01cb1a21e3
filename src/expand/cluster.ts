import type { Cluster } from '../spec/schema.js'
import { joinParts, type Part } from './fields.js'
import { expandDarkPrometheus } from './prometheus-dark.js'
import { expandTunneledPrometheus } from './prometheus-tunneled.js'
import { expandWorkload } from './workload.js'
import { expandZitiHost } from './ziti-host.js'

/** A cluster: its Prometheus, what carries it, and the workloads. `dialAttributes` is what its Prometheus may dial. */
export function expandCluster(cluster: Cluster, dialAttributes: readonly string[]): Part {
  const workloads = cluster.workloads.map(workload => expandWorkload(cluster.name, workload))
  return joinParts([...expandPrometheus(cluster, dialAttributes), ...workloads])
}

function expandPrometheus(cluster: Cluster, dialAttributes: readonly string[]): Part[] {
  switch (cluster.prometheus) {
    case 'tunneled':
      return [expandZitiHost(cluster.name), expandTunneledPrometheus(cluster, dialAttributes)]
    case 'dark':
      return [expandDarkPrometheus(cluster.name, dialAttributes)]
  }
}
