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
export function isUnambiguous(topology: Part): boolean {
  const keys: string[] = []
  // The keys alone: of a large spec, what else there is to a claim is wanted only when two are the same.
  eachClaim(topology, key => keys.push(key))
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
    return [
      {
        path,
        message: `${title} needs the ${taken.what} ${taken.name}, but ${owners.get(taken.key)} has that already`,
      },
    ]
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

type Claim = { readonly key: string; readonly what: string; readonly name: string }

function claimsOf(part: Part): Claim[] {
  const claims: Claim[] = []
  eachClaim(part, (key, what, name) => claims.push({ key, what, name }))
  return claims
}

// Host names know no case, and neither do the file names of some systems.
function eachClaim({ entities, enrollments }: Part, claim: (key: string, what: string, name: string) => void): void {
  for (const entity of entities) claim(addressOf(entity), entity.kind, entity.name)
  for (const { kind, fields } of entities) {
    if (kind !== 'config' || !Array.isArray(fields.data.addresses)) continue
    for (const host of fields.data.addresses.map(String)) claim(`host ${host.toLowerCase()}`, 'intercept address', host)
  }
  for (const { path } of enrollments) claim(`file ${path.toLowerCase()}`, 'file', path)
}
