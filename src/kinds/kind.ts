import type { Address, EntityKind, KindName } from '../model/entity.js'
import type { Raw } from './decode.js'

/** id -> name, over one look at the controller. */
export type NameLookup = (kind: KindName, id: string) => string | undefined

/** name -> id; throws when the name is unknown. */
export type IdLookup = (kind: KindName, name: string) => string

/**
 * A controller looks again at whom a policy joins only when a list of roles changes, and counts that by the policy as it is then.
 * So the lists are emptied before one of `by` changes, and written with it.
 */
export type Emptied = { readonly lists: readonly string[]; readonly by: readonly string[] }

/** A PUT drops what it does not carry: `kept` are members of the API's form that are sent back as they are read. */
export type Replaced = { readonly fields: readonly string[]; readonly kept: readonly string[] }

/** What a kind says whose every field a PATCH changes. */
export const patched: Replaced = { fields: [], kept: [] }

/**
 * All that zprom knows of one kind of entity. Members are methods, so that `Kind<ServiceFields>` fits a list of `Kind`.
 * A new kind is one descriptor and one line in index.ts.
 */
export type Kind<F extends object = object> = {
  readonly name: EntityKind
  /** Collection path below the management API, such as `/services`. */
  readonly path: string
  /** The kinds whose ids stand in the API's form of this one. */
  readonly names: readonly KindName[]
  /** Fields that the API can't change afterwards. */
  readonly fixed: readonly string[]
  /** Fields that no PATCH changes, but a PUT does, which is of the whole entity; none for most. */
  readonly replaced: Replaced
  /** Fields that every PATCH must carry along when anything changes. */
  readonly always: readonly string[]
  /** Lists that have to be empty while one of some fields changes; none for most. */
  readonly emptied: Emptied
  /** Entities that must exist before this one. */
  needs(fields: F): Address[]
  /** The API's form -> normal form; ids become names. */
  fromApi(raw: Raw, names: NameLookup): F
  /** Normal form -> the API's members; names become ids. Takes a part of the fields for a PATCH. */
  toApi(fields: Partial<F>, ids: IdLookup): Record<string, unknown>
  /** Members that only a create sends. */
  onCreate(): Record<string, unknown>
}
