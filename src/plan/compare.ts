import { isDeepStrictEqual } from 'node:util'
import { currentFormat } from '../kinds/tags.js'
import type { Observed, Wanted } from '../model/entity.js'
import type { FieldChange } from '../model/plan.js'
import { causeOf } from './drift.js'

/** Field by field, what differs between what is there and what is wanted; empty when nothing does. Sorted by field. */
export function compareFields(before: Observed, after: Wanted): FieldChange[] {
  const old: Readonly<Record<string, unknown>> = { ...before.fields }
  const wanted: Readonly<Record<string, unknown>> = { ...after.fields }
  const changes = Object.keys(wanted)
    .sort()
    .filter(field => !isDeepStrictEqual(old[field], wanted[field]))
    .map(field => withCause({ field, before: old[field], after: wanted[field] }, before.owner?.written))
  return [...changes, ...compareOwner(before, after)]
}

function withCause(change: FieldChange, written: string | undefined): FieldChange {
  const cause = causeOf(change, written)
  return cause === undefined ? change : { ...change, cause }
}

function compareOwner({ owner }: Observed, after: Wanted): FieldChange[] {
  const wanted = { origin: after.origin, format: currentFormat }
  // Without an owner it is compared only to be taken over.
  if (owner === undefined) return [{ field: 'tags', before: undefined, after: wanted }]
  if (owner.origin === after.origin && owner.format === currentFormat) return []
  return [{ field: 'tags', before: { origin: owner.origin, format: owner.format }, after: wanted }]
}
