import { expandCluster } from '../expand/cluster.js'
import { expandDeveloper } from '../expand/developer.js'
import type { Part } from '../expand/fields.js'
import { expandLocal } from '../expand/local.js'
import { expandTarget } from '../expand/target.js'
import { expandWorkload } from '../expand/workload.js'
import { addressOf } from '../model/entity.js'
import type { Cluster, Developer, Local, Target, Workload } from './schema.js'
import type { Path } from './source.js'

/** Items of a spec that are valid by themselves; the paths lead to where their names stand. */
export type ValidItems = {
  readonly clusters: readonly { readonly path: Path; readonly value: Cluster }[]
  readonly workloads: readonly { readonly path: Path; readonly cluster: string; readonly value: Workload }[]
  readonly targets: readonly { readonly path: Path; readonly value: Target }[]
  readonly local: readonly { readonly path: Path; readonly value: Pick<Local, 'dark'> }[]
  readonly developers: readonly { readonly path: Path; readonly value: Developer }[]
}

/** Two items that ask for the same entity, intercept address or file, found at the later one. */
export type Collision = { readonly path: Path; readonly message: string }

/** Whether no two entities, intercept addresses and files of a topology are the same. */
export function isUnambiguous({ entities, enrollments }: Part): boolean {
  const keys = keysOf({ entities, enrollments })
  return new Set(keys).size === keys.length
}

/** Every item that asks for something that an item before it has asked for already. */
export function collisions(items: ValidItems): Collision[] {
  const owners = new Map<string, string>()
  return claimants(items).flatMap(({ path, title, part }) => {
    const claims = claimsOf(part)
    const taken = claims.find(claim => owners.has(claim.key))
    for (const { key } of claims) if (!owners.has(key)) owners.set(key, title)
    if (taken === undefined) return []
    return [{ path, message: `${title} needs ${taken.what}, but ${owners.get(taken.key)} has that already` }]
  })
}

type Claimant = { readonly path: Path; readonly title: string; readonly part: Part }

function claimants({ clusters, workloads, targets, local, developers }: ValidItems): Claimant[] {
  const ofClusters = [
    ...clusters.map(({ path, value }) => ({
      path,
      title: `the cluster ${value.name}`,
      part: expandCluster({ ...value, workloads: [] }, []),
    })),
    ...workloads.map(({ path, cluster, value }) => ({
      path,
      title: `the workload ${value.name} of ${cluster}`,
      part: expandWorkload(cluster, value),
    })),
  ]
  return [
    // In the order of the clusters, each before its workloads, so that the later of two is the one to blame.
    ...ofClusters.toSorted((one, other) => Number(one.path[1]) - Number(other.path[1])),
    ...targets.map(({ path, value }) => ({ path, title: `the target ${value.name}`, part: expandTarget(value) })),
    ...local.map(({ path, value }) => ({ path, title: 'the local Prometheus', part: expandLocal(value, []) })),
    ...developers.map(({ path, value }) => ({
      path,
      title: `the developer ${value.name}`,
      part: expandDeveloper(value, []),
    })),
  ]
}

function claimsOf(part: Part): { key: string; what: string }[] {
  const names = part.entities.map(entity => ({ key: addressOf(entity), what: `the ${entity.kind} ${entity.name}` }))
  const hosts = hostsOf(part).map(host => ({ key: hostKey(host), what: `the intercept address ${host}` }))
  const files = part.enrollments.map(({ path }) => ({ key: fileKey(path), what: `the file ${path}` }))
  return [...names, ...hosts, ...files]
}

function keysOf(part: Part): string[] {
  const files = part.enrollments.map(({ path }) => fileKey(path))
  return [...part.entities.map(addressOf), ...hostsOf(part).map(hostKey), ...files]
}

function hostsOf({ entities }: Part): string[] {
  return entities.flatMap(entity =>
    entity.kind === 'config' && Array.isArray(entity.fields.data.addresses)
      ? entity.fields.data.addresses.map(String)
      : [],
  )
}

// Host names know no case, and neither do the file names of some systems.
const hostKey = (host: string) => `host ${host.toLowerCase()}`
const fileKey = (path: string) => `file ${path.toLowerCase()}`
