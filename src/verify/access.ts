import { interceptsOf } from '../controller/index.js'
import type { VisibleService } from '../model/check.js'
import { type EntityOf, sortedSet } from '../model/entity.js'
import type { Topology } from '../model/topology.js'
import { createAccess, isKind } from '../plan/index.js'

/** The services that each identity of a topology should see, by name of identity; sorted by name of service. Pure. */
export function expectAccess(topology: Topology): Map<string, VisibleService[]> {
  const services = topology.entities.filter(isKind('service'))
  const intercepts = new Map(services.map(service => [service.name, interceptsFor(service, topology)]))
  const access = createAccess(topology.entities)
  return new Map(
    access.identities.map(identity => {
      const dial = access.servicesOf(identity, 'Dial')
      const bind = access.servicesOf(identity, 'Bind')
      const seen = sortedSet([...dial, ...bind]).map(service => ({
        service,
        intercepts: intercepts.get(service) ?? [],
        permissions: [...(bind.has(service) ? ['Bind' as const] : []), ...(dial.has(service) ? ['Dial' as const] : [])],
      }))
      return [identity, seen]
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

function interceptsFor(service: EntityOf<'service'>, topology: Topology): string[] {
  return topology.entities
    .filter(isKind('config'))
    .filter(({ name, fields }) => fields.configType === 'intercept.v1' && service.fields.configs.includes(name))
    .flatMap(({ fields }) => interceptsOf(fields.data))
}
