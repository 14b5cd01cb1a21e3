import { type Controller, readObserved } from '../controller/index.js'
import { ControllerError } from '../errors.js'
import { asRaw, kindOf } from '../kinds/index.js'
import { tagsOf } from '../kinds/tags.js'
import { addressOf, type Observed, type Wanted } from '../model/entity.js'
import type { Change } from '../model/plan.js'
import { compareFields } from '../plan/compare.js'
import { findFixedFieldConflict, findOwnershipConflict } from '../plan/ownership.js'
import type { IdBook } from './ids.js'

export type StepContext = { readonly controller: Controller; readonly ids: IdBook; readonly stack: string }

/** Carries out one change; the text returned says what was unusual. Throws what the Controller throws. */
export async function applyChange(change: Change, context: StepContext): Promise<string | undefined> {
  switch (change.action) {
    case 'create':
      return create(change.after, context)
    case 'update':
      await update(change.before, change.after, context)
      return undefined
    case 'delete':
      await context.controller.remove(kindOf(change.before.kind).path, change.before.id)
      return undefined
  }
}

async function create(wanted: Wanted, context: StepContext): Promise<string | undefined> {
  const { controller, ids, stack } = context
  const kind = kindOf(wanted.kind)
  const { id, existing } = await controller.create(kind.path, {
    name: wanted.name,
    ...kind.onCreate(),
    ...kind.toApi(wanted.fields, ids.idOf),
    tags: tagsOf(stack, wanted),
  })
  ids.add(addressOf(wanted), id)
  if (existing === undefined) return undefined
  const observed = readObserved(kind, asRaw(existing, wanted.kind), ids.nameOf)
  const changes = compareFields(observed, wanted)
  const conflict = findOwnershipConflict(observed, stack, wanted.origin) ?? findFixedFieldConflict(observed, changes)
  if (conflict !== undefined) {
    throw new ControllerError(
      `${conflict.address}: ${conflict.reason}; it came up since the plan was made`,
      { method: 'POST', path: kind.path, field: 'name', retryable: false },
      conflict.hint,
    )
  }
  // Ours: a lost answer of this run, or another run of the same spec at the same time.
  if (changes.length > 0) await update(observed, wanted, context)
  return 'was there already'
}

async function update(before: Observed, after: Wanted, { controller, ids, stack }: StepContext): Promise<void> {
  const kind = kindOf(after.kind)
  const changed = new Set([...compareFields(before, after).map(({ field }) => field), ...kind.always])
  const fields = Object.fromEntries(
    Object.entries(after.fields).filter(([field]) => changed.has(field) && !kind.fixed.includes(field)),
  )
  // They say what was written last. A PATCH replaces them as a whole, so foreign ones are sent along.
  const tags = { ...before.tags, ...tagsOf(stack, after) }
  await controller.patch(kind.path, before.id, { ...kind.toApi(fields, ids.idOf), tags })
}
