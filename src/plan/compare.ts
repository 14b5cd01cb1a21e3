import { isDeepStrictEqual } from 'node:util'
import { currentFormat } from '../kinds/tags.js'
import type { Observed, Wanted } from '../model/entity.js'
import type { FieldChange } from '../model/plan.js'
import { causeOf } from './drift.js'

/** Field by field, what differs between what is there and what is wanted; empty when nothing does. Sorted by field. */
export function compareFields(before: Observed, after: Wanted): FieldChange[] {
  const old: Fields = before.fields
  const fields: Fields = after.fields
  const changed = Object.keys(fields).filter(field => !isSame(old[field], fields[field]))
  // Of most entities nothing differs, and there can be tens of thousands.
  if (changed.length === 0) return compareOwner(before, after)
  const changes = changed
    .sort()
    .map(field => withCause({ field, before: old[field], after: fields[field] }, before.owner?.written))
  return [...changes, ...compareOwner(before, after)]
}

type Fields = { readonly [field: string]: unknown }

// Most fields are a word or a list of words: for tens of thousands of entities that is worth a look before the general case.
function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true
  const areWords = Array.isArray(one) && Array.isArray(other) && one.length === other.length
  if (areWords && one.every((word, at) => typeof word === 'string' && word === other[at])) return true
  return isDeepStrictEqual(one, other)
}

function withCause(change: FieldChange, written: string | undefined): FieldChange {
  const cause = causeOf(change, written)
  return cause === undefined ? change : { ...change, cause }
}

function compareOwner({ owner }: Observed, after: Wanted): FieldChange[] {
  if (owner?.origin === after.origin && owner.format === currentFormat) return []
  const wanted = { origin: after.origin, format: currentFormat }
  // Without an owner it is compared only to be taken over.
  if (owner === undefined) return [{ field: 'tags', before: undefined, after: wanted }]
  return [{ field: 'tags', before: { origin: owner.origin, format: owner.format }, after: wanted }]
}
