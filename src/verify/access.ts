import { interceptsOf } from '../controller/index.js'
import type { VisibleService } from '../model/check.js'
import type { EntityKind, EntityOf, Wanted } from '../model/entity.js'
import type { Topology } from '../model/topology.js'
import { selects } from './roles.js'

/** The services that each identity of a topology should see, by name of identity; sorted by name of service. Pure. */
export function expectAccess(topology: Topology): Map<string, VisibleService[]> {
  const identities = topology.entities.filter(isKind('identity'))
  const services = topology.entities.filter(isKind('service'))
  const policies = topology.entities.filter(isKind('service-policy'))
  const intercepts = new Map(services.map(service => [service.name, interceptsFor(service, topology)]))
  const selected = policies.map(({ fields }) => ({
    type: fields.type,
    services: services.filter(service => selects(fields.serviceRoles, fields.semantic, selectable(service))),
    fields,
  }))
  return new Map(
    identities.map(identity => {
      const granted = new Map<string, Set<'Bind' | 'Dial'>>()
      for (const { type, services: reached, fields } of selected) {
        if (!selects(fields.identityRoles, fields.semantic, selectable(identity))) continue
        for (const { name } of reached) granted.set(name, (granted.get(name) ?? new Set()).add(type))
      }
      const seen = [...granted].map(([service, permissions]) => ({
        service,
        intercepts: intercepts.get(service) ?? [],
        permissions: [...permissions].sort(),
      }))
      return [identity.name, seen.sort((a, b) => (a.service < b.service ? -1 : 1))]
    }),
  )
}

/** The services that some identity of the topology is to host, with the names of those identities. */
export function expectHosts(topology: Topology): Map<string, string[]> {
  const hosts = new Map<string, string[]>()
  for (const [identity, services] of expectAccess(topology)) {
    for (const { service, permissions } of services) {
      if (permissions.includes('Bind')) hosts.set(service, [...(hosts.get(service) ?? []), identity])
    }
  }
  return hosts
}

function isKind<K extends EntityKind>(kind: K) {
  return (entity: Wanted): entity is Extract<Wanted, { kind: K }> => entity.kind === kind
}

function selectable(entity: { name: string; fields: { roleAttributes: readonly string[] } }) {
  return { names: [entity.name], roleAttributes: entity.fields.roleAttributes }
}

function interceptsFor(service: EntityOf<'service'>, topology: Topology): string[] {
  return topology.entities
    .filter(isKind('config'))
    .filter(({ name, fields }) => fields.configType === 'intercept.v1' && service.fields.configs.includes(name))
    .flatMap(({ fields }) => interceptsOf(fields.data))
}
