import type { Semantic } from '../model/entity.js'

/** Something that a role can select. */
export type Member = { readonly name: string; readonly roleAttributes: readonly string[] }

/** Entities of one kind by name and by role attribute: what `selects` says of each, for thousands at once. */
export type RoleIndex = {
  /** The names of those that a policy's roles select. */
  select(roles: readonly string[], semantic: Semantic): ReadonlySet<string>
}

/** Sorts members by what roles can ask for. */
export function indexRoles(members: readonly Member[]): RoleIndex {
  const names = new Set(members.map(({ name }) => name))
  const byAttribute = new Map<string, Set<string>>()
  for (const { name, roleAttributes } of members) {
    for (const attribute of roleAttributes) {
      const list = byAttribute.get(attribute)
      if (list === undefined) byAttribute.set(attribute, new Set([name]))
      else list.add(name)
    }
  }
  return {
    select(roles, semantic) {
      if (roles.includes('#all')) return names
      const named = roles.filter(role => role.startsWith('@')).map(role => role.slice(1))
      const lists = roles
        .filter(role => role.startsWith('#'))
        .map(role => byAttribute.get(role.slice(1)) ?? new Set<string>())
      const attributed = semantic === 'AnyOf' ? lists.flatMap(list => [...list]) : inAll(lists)
      return new Set([...named.filter(name => names.has(name)), ...attributed])
    },
  }
}

function inAll([first, ...others]: readonly ReadonlySet<string>[]): string[] {
  return first === undefined ? [] : [...first].filter(name => others.every(list => list.has(name)))
}
