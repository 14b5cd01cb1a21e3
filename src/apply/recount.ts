import { kindOf } from '../kinds/index.js'
import { tagsOf } from '../kinds/tags.js'
import { addressOf, type Observed, type Wanted } from '../model/entity.js'
import type { FieldChange } from '../model/plan.js'
import { compareFields } from '../plan/compare.js'
import { causeOf } from '../plan/drift.js'
import { isGone } from './gone.js'
import type { StepContext } from './steps.js'

/** A policy as it is once it can be written, and whether it joins nobody until then. */
export type Prepared = { readonly before: Observed; readonly isEmptied: boolean }

/**
 * Makes sure that a change is counted as it says: a controller looks at whom a policy joins only when a list of roles changes,
 * and before 1.1.12 counts by the type that it has then. Throws what the Controller throws.
 */
export async function prepare(there: Observed, after: Wanted, context: StepContext): Promise<Prepared> {
  const { emptied } = kindOf(after.kind)
  const changes = changesOf(there, after)
  if (!changes.some(({ field }) => emptied.by.includes(field))) return { before: there, isEmptied: false }
  const isTypeOff = changes.some(({ field, cause }) => field === 'type' && cause === 'network')
  const areListsOff = changes.some(({ field, cause }) => emptied.lists.includes(field) && isOfNetwork(cause))
  // Somebody changed the type and no list: what was counted by the one that zprom wrote is right again once that is back.
  const isMendedByType = isTypeOff && !areListsOff
  if (isMendedByType && changes.length === 1) return { before: there, isEmptied: false }
  // What can't be written must be known before anything is emptied.
  kindOf(after.kind).toApi(after.fields, context.ids.idOf)
  const before = isMendedByType ? await restoreType(there, after, context) : there
  const isLeft = changesOf(before, after).some(({ field }) => emptied.by.includes(field))
  return isLeft ? { before: await empty(before, after, context), isEmptied: true } : { before, isEmptied: false }
}

/**
 * A policy takes with it what it gives by the type that it has when it is deleted, before 1.1.12: one that somebody changed is
 * put back. Throws what the Controller throws.
 */
export async function prepareDelete(before: Observed, { controller }: StepContext): Promise<void> {
  if (before.kind !== 'service-policy') return
  const type = before.fields.type === 'Dial' ? 'Bind' : 'Dial'
  const change = { field: 'type', before: before.fields.type, after: type }
  if (causeOf(change, before.owner?.written) !== 'network') return
  const { path } = kindOf(before.kind)
  try {
    await controller.patch(path, before.id, { type })
  } catch (error) {
    // Gone since the plan was made: nothing is left to put back, and the delete is fine with that.
    if (!isGone(error, `${path}/${before.id}`)) throw error
  }
}

/** What a person should know when what comes after the emptying fails. */
export function describeEmptied(after: Wanted): string {
  return `${addressOf(after)}: its lists of roles were emptied to change it, and the rest failed; it joins nobody until the next run`
}

function changesOf(before: Observed, after: Wanted): FieldChange[] {
  return compareFields(before, after).filter(({ field }) => field !== 'tags')
}

function isOfNetwork(cause: FieldChange['cause']): boolean {
  return cause === 'network' || cause === 'both'
}

async function restoreType(before: Observed, after: Wanted, { controller }: StepContext): Promise<Observed> {
  if (before.kind !== 'service-policy' || after.kind !== 'service-policy') return before
  const { type } = after.fields
  await controller.patch(kindOf(before.kind).path, before.id, { type })
  return { ...before, fields: { ...before.fields, type } }
}

// Tagged as written so: a run that ends here leaves what is ours, and nothing that somebody seems to have changed.
async function empty(
  before: Observed,
  { origin, item }: Wanted,
  { controller, ids, stack }: StepContext,
): Promise<Observed> {
  const { path, toApi, emptied } = kindOf(before.kind)
  const lists = Object.fromEntries(emptied.lists.map(list => [list, []]))
  // The lists of a kind are among its fields, which the compiler can't see.
  const fields = { ...before.fields, ...lists } as Observed['fields']
  const tags = {
    ...before.tags,
    ...tagsOf(stack, { name: before.name, fields, origin, ...(item !== undefined && { item }) }),
  }
  await controller.patch(path, before.id, { ...toApi(lists, ids.idOf), tags })
  return { ...before, fields, tags } as Observed
}
