import { type Address, type Entity, sortedSet } from '../model/entity.js'
import type { ClusterInput, LocalInput, TargetInput } from '../spec/schema.js'
import {
  defaultClients,
  localName,
  ofNearer,
  prometheusClients,
  prometheusNames,
  workloadNames,
  zitiHostNames,
} from './names.js'
import { prometheusServiceName } from './prometheus-tunneled.js'
import { type Found, onlyRole, recognizeTargets, withLocalScrapes, withScrapes } from './recognize-targets.js'

/** What the names on a network say was built there; nothing of it is checked against a spec's rules yet. */
export type Recognized = {
  readonly clusters: readonly ClusterInput[]
  readonly local: Pick<LocalInput, 'dark' | 'scrape'> | undefined
  /** Of our own alone. */
  readonly targets: readonly TargetInput[]
  /** Identities that our own tags call so, or that may dial a Prometheus and are none. */
  readonly developers: readonly string[]
}

/** Reads the article's names backwards, and our own tags. Sorted; pure. */
export function recognizeSpec(network: ReadonlyMap<Address, Found>): Recognized {
  // A target can have a name that would be a cluster's, and so can who hosts one.
  const entities = new Map([...network].filter(([, { owner }]) => !/^(?:target|host)\//.test(owner?.origin ?? '')))
  const names = clusterNames(entities)
  const { identity, service } = prometheusNames(localName)
  const isDark = entities.has(`service/${service}`)
  const clusters = names.map(name => recognizeCluster(name, names, entities))
  const targets = recognizeTargets(network)
  const hasLocal = isDark || entities.has(`identity/${identity}`)
  return {
    clusters: withScrapes(clusters, targets, entities),
    targets,
    local: hasLocal ? withLocalScrapes({ dark: isDark }, clusters, targets, entities) : undefined,
    developers: developerNames(entities),
  }
}

// A cluster shows in the names of its Prometheus and its ziti-host; one whose Prometheus is not there yet, in its workload.
function clusterNames(entities: ReadonlyMap<Address, Entity>): string[] {
  const names = [...entities.keys()].flatMap(address => {
    const found = /^(?:identity|service)\/(.+)\.(?:prometheus|reflect)\.(?:id|svc)$|^identity\/(.+)\.ziti\.id$/.exec(
      address,
    )
    return found?.[1] ?? found?.[2] ?? []
  })
  return sortedSet(names.filter(name => name !== localName))
}

function recognizeCluster(
  name: string,
  clusters: readonly string[],
  entities: ReadonlyMap<Address, Entity>,
): ClusterInput {
  const hostConfig = entities.get(`config/${prometheusNames(name).hostConfig}`)
  // A ziti-host alone says so only where there is no Prometheus yet that could say otherwise.
  const hasOwn = entities.has(`service/${prometheusNames(name).service}`)
  const isTunneled = hostConfig !== undefined || (!hasOwn && entities.has(`identity/${zitiHostNames(name).identity}`))
  const release = isTunneled ? releaseOf(hostConfig) : undefined
  return {
    name,
    prometheus: isTunneled ? 'tunneled' : 'dark',
    ...(release !== undefined && { releases: { prometheus: release } }),
    workloads: workloadsOf(name, clusters, entities).map(workload => withClients(name, workload, entities)),
  }
}

// "foo-prometheus-server" is the Service of a release foo, as it would be of foo-prometheus.
function releaseOf(hostConfig: Entity | undefined): string | undefined {
  const address = hostConfig?.kind === 'config' ? hostConfig.fields.data.address : undefined
  if (typeof address !== 'string') return undefined
  const releases = ['-prometheus-server', '-server']
    .filter(end => address.endsWith(end))
    .map(end => address.slice(0, -end.length))
  return releases.find(release => release !== '' && prometheusServiceName(release) === address)
}

// With an identity and a service of its own.
function workloadsOf(cluster: string, clusters: readonly string[], entities: ReadonlyMap<Address, Entity>): string[] {
  const isOfNearer = ofNearer(cluster, clusters)
  const names = [...entities.keys()].flatMap(address => {
    const base = /^identity\/(.+)\.id$/.exec(address)?.[1]
    if (base === undefined || !base.startsWith(`${cluster}.`) || isOfNearer(base)) return []
    return [base.slice(cluster.length + 1)]
  })
  return sortedSet(names).filter(name => {
    if (name === 'prometheus' || name === 'ziti') return false
    const { service, scrapeService } = workloadNames(cluster, name)
    return name === 'reflect' || entities.has(`service/${service}`) || entities.has(`service/${scrapeService}`)
  })
}

function withClients(cluster: string, workload: string, entities: ReadonlyMap<Address, Entity>) {
  const clients = onlyRole(entities.get(`service-policy/${workloadNames(cluster, workload).dial}`), '#')
  return clients === undefined || clients === defaultClients(workload) ? workload : { name: workload, clients }
}

function developerNames(entities: ReadonlyMap<Address, Found>): string[] {
  return [...entities.values()]
    .filter(entity => isOwnDeveloper(entity) || isLikeDeveloper(entity))
    .map(({ name }) => name)
    .sort()
}

/** Whether it was made for the developer of its name. */
export function isOwnDeveloper({ kind, name, owner }: Found): boolean {
  return kind === 'identity' && owner?.origin === `developer/${name}`
}

function isLikeDeveloper(entity: Entity): boolean {
  return entity.kind === 'identity' && isReader(entity) && !entity.name.endsWith('.prometheus.id')
}

function isReader({ fields }: Extract<Entity, { kind: 'identity' }>): boolean {
  return !fields.isAdmin && fields.roleAttributes.includes(prometheusClients)
}
