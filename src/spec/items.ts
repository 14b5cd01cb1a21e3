import { isDeepStrictEqual } from 'node:util'
import { type Cluster, type ClusterInput, clusterSchema, type DeveloperInput, workloadsSchema } from './schema.js'

/** A cluster as an edit writes it: without what is the default anyway. */
export function clusterItem(cluster: ClusterInput): Record<string, unknown> {
  const { name, prometheus, ...rest } = cluster
  const defaults = clusterSchema.parse({ name: 'x', prometheus: 'dark' })
  const releases = differing(rest.releases ?? {}, defaults.releases)
  const workloads = isDeepStrictEqual(normalWorkloads(rest.workloads), defaults.workloads) ? undefined : rest.workloads
  return {
    name,
    prometheus,
    ...differing({ namespace: rest.namespace }, defaults),
    ...(Object.keys(releases).length === 0 ? {} : { releases }),
    ...(workloads === undefined ? {} : { workloads }),
  }
}

/** A developer as an edit writes it. */
export function developerItem({ name, enroll }: DeveloperInput): Record<string, unknown> {
  return enroll === true ? { name, enroll } : { name }
}

/** How a cluster of a spec differs from what is asked for, in words that follow "is there"; only what is asked counts. */
export function clusterDifferences(there: Cluster, asked: ClusterInput): string[] {
  const releases = Object.keys(differing(asked.releases ?? {}, there.releases))
  const workloads = normalWorkloads(asked.workloads)
  return [
    ...(there.prometheus === asked.prometheus ? [] : [`as ${there.prometheus}`]),
    ...(asked.namespace === undefined || asked.namespace === there.namespace
      ? []
      : [`in namespace ${there.namespace}`]),
    ...releases.map(key => `with release ${key}: ${Object.entries(there.releases).find(([one]) => one === key)?.[1]}`),
    ...(workloads === undefined || isDeepStrictEqual(workloads, there.workloads)
      ? []
      : [`with workloads ${there.workloads.map(workload => workload.name).join(', ') || 'none'}`]),
  ]
}

// What is given and is not the same there.
function differing(given: Readonly<Record<string, unknown>>, there: object): Record<string, unknown> {
  const same = new Map<string, unknown>(Object.entries(there))
  return Object.fromEntries(
    Object.entries(given).filter(([key, value]) => value !== undefined && value !== same.get(key)),
  )
}

function normalWorkloads(workloads: ClusterInput['workloads']): Cluster['workloads'] | undefined {
  return workloads === undefined ? undefined : workloadsSchema.safeParse(workloads).data
}
