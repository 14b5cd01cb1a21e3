import { interceptsOf } from '../controller/index.js'
import type { VisibleService } from '../model/check.js'
import { type EntityOf, sortedSet } from '../model/entity.js'
import type { Topology } from '../model/topology.js'
import { createAccess, isKind } from '../plan/index.js'

/** The services that each identity should see, by name of identity. */
export type ExpectedAccess = ReadonlyMap<string, readonly VisibleService[]>

/**
 * The services that each identity of a topology should see; sorted by name of service. Identities that should see the same
 * share one list: a thousand that may dial three thousand services each would be millions of entries. Pure.
 */
export function expectAccess(topology: Topology): ExpectedAccess {
  const intercepts = interceptsByService(topology)
  const access = createAccess(topology.entities)
  const lists = new Map<ReadonlySet<string>, Map<ReadonlySet<string>, VisibleService[]>>()
  const listOf = (dial: ReadonlySet<string>, bind: ReadonlySet<string>): VisibleService[] => {
    const byBind = lists.get(dial) ?? new Map<ReadonlySet<string>, VisibleService[]>()
    lists.set(dial, byBind)
    const list = byBind.get(bind) ?? sortedSet([...dial, ...bind]).map(service => seen(service, dial, bind))
    byBind.set(bind, list)
    return list
  }
  const seen = (service: string, dial: ReadonlySet<string>, bind: ReadonlySet<string>): VisibleService => ({
    service,
    intercepts: intercepts.get(service) ?? [],
    permissions: [...(bind.has(service) ? ['Bind' as const] : []), ...(dial.has(service) ? ['Dial' as const] : [])],
  })
  return new Map(
    access.identities.map(name => [name, listOf(access.servicesOf(name, 'Dial'), access.servicesOf(name, 'Bind'))]),
  )
}

/** The services that some identity of those is to host, with the names of those identities. */
export function expectHosts(access: ExpectedAccess): Map<string, string[]> {
  const hosts = new Map<string, string[]>()
  for (const [identity, services] of access) {
    for (const { service, permissions } of services) {
      if (!permissions.includes('Bind')) continue
      const list = hosts.get(service)
      if (list === undefined) hosts.set(service, [identity])
      else list.push(identity)
    }
  }
  return hosts
}

function interceptsByService({ entities }: Topology): Map<string, string[]> {
  const configs = new Map(entities.filter(isKind('config')).map(config => [config.name, config]))
  const ofService = ({ fields }: EntityOf<'service'>) =>
    fields.configs.flatMap(name => {
      const config = configs.get(name)
      return config?.fields.configType === 'intercept.v1' ? interceptsOf(config.fields.data) : []
    })
  return new Map(entities.filter(isKind('service')).map(service => [service.name, ofService(service)]))
}
