import { type Address, addressOf, type KindName, sortedSet } from '../model/entity.js'
import type { IdLookup, NameLookup } from './kind.js'

/** Roles as the API gives them (`#attribute`, `@id`) -> normal form (`#attribute`, `@name`), sorted. */
export function rolesFromApi(roles: readonly string[], kind: KindName, names: NameLookup): string[] {
  return sortedSet(roles.map(role => (role.startsWith('@') ? `@${names(kind, role.slice(1)) ?? role.slice(1)}` : role)))
}

/** Roles in normal form -> the API's form. The API takes ids only: `@name` is refused (400). */
export function rolesToApi(roles: readonly string[], kind: KindName, ids: IdLookup): string[] {
  return roles.map(role => (role.startsWith('@') ? `@${ids(kind, role.slice(1))}` : role))
}

/** The entities that roles name. */
export function needsOfRoles(roles: readonly string[], kind: KindName): Address[] {
  return roles.filter(role => role.startsWith('@')).map(role => addressOf({ kind, name: role.slice(1) }))
}
