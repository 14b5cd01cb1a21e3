import { indexRoles } from '../kinds/role-index.js'
import type { Entity, EntityKind, EntityOf } from '../model/entity.js'
import type { Permission } from '../model/forecast.js'

/** Who may do what by the service policies of a graph. */
export type Access = {
  /** Names of identities. */
  readonly identities: readonly string[]
  /** Names of services. Identities that the same policies select get the very same set. */
  servicesOf(identity: string, permission: Permission): ReadonlySet<string>
}

/**
 * Evaluates the service policies of a graph. Policies for the same identities count as one, and identities of the same
 * policies share their answer: with a thousand clusters there are millions of pairs, but few different answers.
 */
export function createAccess(entities: Iterable<Entity>): Access {
  const all = [...entities]
  const identities = all.filter(isKind('identity')).map(toMember)
  const services = indexRoles(all.filter(isKind('service')).map(toMember))
  const groups = groupPolicies(all.filter(isKind('service-policy')), roles => services.select(...roles))
  const index = indexRoles(identities)
  const granted = { Dial: new Map<string, Group[]>(), Bind: new Map<string, Group[]>() }
  for (const group of groups) {
    for (const name of index.select(group.identityRoles, group.semantic)) {
      const list = granted[group.type].get(name)
      if (list === undefined) granted[group.type].set(name, [group])
      else list.push(group)
    }
  }
  const answers = new Map<string, ReadonlySet<string>>()
  return {
    identities: identities.map(({ name }) => name),
    servicesOf(identity, permission) {
      const list = granted[permission].get(identity) ?? []
      const key = list.map(({ number }) => number).join(' ')
      const known = answers.get(key)
      if (known !== undefined) return known
      const answer = new Set(list.flatMap(group => [...group.services]))
      answers.set(key, answer)
      return answer
    },
  }
}

type Policy = EntityOf<'service-policy'>
type Group = Pick<Policy['fields'], 'type' | 'semantic' | 'identityRoles'> & {
  readonly number: number
  readonly services: Set<string>
}
type Roles = [roles: readonly string[], semantic: Policy['fields']['semantic']]

function groupPolicies(policies: readonly Policy[], select: (roles: Roles) => ReadonlySet<string>): Group[] {
  const groups = new Map<string, Group>()
  for (const { fields } of policies) {
    const { type, semantic, identityRoles, serviceRoles } = fields
    const key = JSON.stringify([type, semantic, identityRoles])
    const group = groups.get(key) ?? { type, semantic, identityRoles, number: groups.size, services: new Set<string>() }
    groups.set(key, group)
    for (const name of select([serviceRoles, semantic])) group.services.add(name)
  }
  return [...groups.values()]
}

/** Tells the entities of one kind from others. */
export function isKind<K extends EntityKind>(kind: K) {
  return <E extends Entity>(entity: E): entity is Extract<E, { kind: K }> => entity.kind === kind
}

function toMember({ name, fields }: EntityOf<'identity'> | EntityOf<'service'>) {
  return { name, roleAttributes: fields.roleAttributes }
}
