import { interceptsOf } from '../controller/index.js'
import type { VisibleService } from '../model/check.js'
import { type EntityOf, sortedSet } from '../model/entity.js'
import type { Topology } from '../model/topology.js'
import { createAccess, isKind } from '../plan/index.js'

/** The services that each identity should see, by name of identity. */
export type ExpectedAccess = ReadonlyMap<string, readonly VisibleService[]>

/**
 * The services that each identity of a topology should see; sorted by name of service. What is the same is there once: a
 * thousand identities that may dial three thousand services each would be millions of entries. Pure.
 */
export function expectAccess(topology: Topology): ExpectedAccess {
  return expectClasses(topology).access
}

/** The same, and which identities should see the services of the same names: those of one text do. */
export function expectClasses(topology: Topology): { access: ExpectedAccess; classOf: (identity: string) => string } {
  const describe = describer(interceptsByService(topology))
  const { identities, servicesOf } = createAccess(topology.entities)
  const lists = new Map<string, readonly VisibleService[]>()
  const numbers = new Map<ReadonlySet<string>, number>()
  const numberOf = (set: ReadonlySet<string>) => {
    const number = numbers.get(set) ?? numbers.size
    numbers.set(set, number)
    return number
  }
  const listOf = (identity: string) => {
    const [dial, bind] = [servicesOf(identity, 'Dial'), servicesOf(identity, 'Bind')]
    const key = `${numberOf(dial)} ${numberOf(bind)}`
    const list = lists.get(key) ?? sortedSet([...dial, ...bind]).map(name => describe(name, dial, bind))
    lists.set(key, list)
    return list
  }
  const access = new Map(identities.map(identity => [identity, listOf(identity)]))
  // What one hosts it mostly may dial as well, as all others do.
  const classOf = (identity: string) => `${numberOf(servicesOf(identity, 'Dial'))} ${access.get(identity)?.length}`
  return { access, classOf }
}

function describer(intercepts: ReadonlyMap<string, readonly string[]>) {
  const known = new Map<string, VisibleService>()
  return (service: string, dial: ReadonlySet<string>, bind: ReadonlySet<string>): VisibleService => {
    const permissions = [
      ...(bind.has(service) ? ['Bind' as const] : []),
      ...(dial.has(service) ? ['Dial' as const] : []),
    ]
    const key = `${service} ${permissions.length} ${permissions[0]}`
    const one = known.get(key) ?? { service, intercepts: intercepts.get(service) ?? [], permissions }
    known.set(key, one)
    return one
  }
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
