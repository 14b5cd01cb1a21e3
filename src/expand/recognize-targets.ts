import type { Address, Entity, Owner } from '../model/entity.js'
import type { ClusterInput, LocalInput, TargetInput } from '../spec/schema.js'
import { defaultClients, localName, prometheusClients, prometheusNames, targetNames } from './names.js'

/** An entity of a network, and who made it as far as its tags tell. */
export type Found = Entity & { readonly owner?: Owner | undefined }

type Network = ReadonlyMap<Address, Found>

/**
 * The targets that zprom made for an item of a spec: nothing but our own tag tells one from any other service. What the overlay
 * does not know of them is left out: path, server name and CA. Sorted; pure.
 */
export function recognizeTargets(entities: Network): TargetInput[] {
  const names = new Set<string>()
  for (const { owner } of entities.values()) {
    const [, name] = /^target\/(.+)$/.exec(owner?.origin ?? '') ?? []
    if (name !== undefined) names.add(name)
  }
  return [...names].sort().flatMap(name => recognizeTarget(name, entities) ?? [])
}

function recognizeTarget(name: string, entities: Network): TargetInput | undefined {
  const { intercept, hostConfig, dial, bind } = targetNames(name)
  const { address, port } = dataOf(entities.get(`config/${hostConfig}`))
  const hostedBy = onlyRole(entities.get(`service-policy/${bind}`), '@')
  const clients = onlyRole(entities.get(`service-policy/${dial}`), '#')
  if (typeof address !== 'string' || typeof port !== 'number' || hostedBy === undefined || clients === undefined)
    return undefined
  const host = address.includes(':') ? `[${address}]` : address
  const [range] = listOf(dataOf(entities.get(`config/${intercept}`)).portRanges)
  return {
    name,
    address: `${host}:${port}`,
    hostedBy,
    ...(isRange(range) && range.low === 443 && { scheme: 'https' as const }),
    ...(clients !== defaultClients(name) && { clients }),
  }
}

/** The clusters with what their Prometheus servers scrape of the targets, which their role attributes tell. Pure. */
export function withScrapes(
  clusters: readonly ClusterInput[],
  targets: readonly TargetInput[],
  entities: Network,
): ClusterInput[] {
  const scraped = scrapedBy(clusters, targets, entities)
  return clusters.map(cluster => {
    const more = scraped(cluster.name)
    return more.length === 0 ? cluster : { ...cluster, scrape: [...workloadsOf(cluster), ...more] }
  })
}

/** The same for the Prometheus on one's own machine, which scrapes every cluster besides. */
export function withLocalScrapes<T extends Pick<LocalInput, 'dark'>>(
  local: T,
  clusters: readonly ClusterInput[],
  targets: readonly TargetInput[],
  entities: Network,
): T & Pick<LocalInput, 'scrape'> {
  const more = scrapedBy(clusters, targets, entities)(localName)
  if (more.length === 0) return local
  const all = clusters.flatMap(cluster => [`${cluster.name}.prometheus`, ...workloadsOf(cluster)])
  return { ...local, scrape: [...all, ...more] }
}

// What every Prometheus of the spec may dial says nothing of what it scrapes.
function scrapedBy(clusters: readonly ClusterInput[], targets: readonly TargetInput[], entities: Network) {
  const common = new Set([
    prometheusClients,
    ...clusters.flatMap(({ workloads = ['reflect'] }) =>
      workloads.map(one => (typeof one === 'string' ? defaultClients(one) : (one.clients ?? defaultClients(one.name)))),
    ),
  ])
  return (reader: string): string[] => {
    const identity = entities.get(`identity/${prometheusNames(reader).identity}`)
    const attributes = identity?.kind === 'identity' ? identity.fields.roleAttributes : []
    return targets
      .filter(({ name, clients = defaultClients(name) }) => attributes.includes(clients) && !common.has(clients))
      .map(({ name }) => name)
  }
}

function workloadsOf({ name, workloads = ['reflect'] }: ClusterInput): string[] {
  return workloads.map(one => `${name}.${typeof one === 'string' ? one : one.name}`)
}

function dataOf(entity: Found | undefined): Readonly<Record<string, unknown>> {
  return entity?.kind === 'config' ? entity.fields.data : {}
}

/** The one identity, or attribute of identities, that a policy is for; undefined for several, and for all. */
export function onlyRole(policy: Entity | undefined, sign: '@' | '#'): string | undefined {
  const roles = policy?.kind === 'service-policy' ? policy.fields.identityRoles : []
  const [role] = roles
  return roles.length === 1 && role?.startsWith(sign) && role !== '#all' ? role.slice(1) : undefined
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function isRange(value: unknown): value is { readonly low: unknown } {
  return typeof value === 'object' && value !== null && 'low' in value
}
