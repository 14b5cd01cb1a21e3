import type { Semantic } from '../model/entity.js'

/** Something that roles may select: by name (or id, for what is not read by name) and by role attributes. */
export type Selectable = { readonly names: readonly string[]; readonly roleAttributes: readonly string[] }

/**
 * Whether a policy's roles select something, as the controller evaluates them: a named one always; otherwise any, or all,
 * of the attributes; `#all` everything; an empty list nothing.
 */
export function selects(roles: readonly string[], semantic: Semantic, { names, roleAttributes }: Selectable): boolean {
  if (roles.includes('#all') || names.some(name => roles.includes(`@${name}`))) return true
  const wanted = roles.filter(role => role.startsWith('#')).map(role => role.slice(1))
  if (wanted.length === 0) return false
  const has = (attribute: string) => roleAttributes.includes(attribute)
  return semantic === 'AnyOf' ? wanted.some(has) : wanted.every(has)
}
