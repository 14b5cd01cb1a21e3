import { type Controller, readObserved } from '../controller/index.js'
import { ControllerError } from '../errors.js'
import { asRaw, kindOf } from '../kinds/index.js'
import { tagsOf } from '../kinds/tags.js'
import { addressOf, type Observed, type Wanted } from '../model/entity.js'
import type { Change } from '../model/plan.js'
import { compareFields } from '../plan/compare.js'
import { findFixedFieldConflict, findOwnershipConflict } from '../plan/ownership.js'
import { gone, isGone } from './gone.js'
import type { IdBook } from './ids.js'
import { describeEmptied, prepare, prepareDelete } from './recount.js'

/** What each step of a run needs, the same for all of them. */
export type StepContext = {
  readonly controller: Controller
  readonly ids: IdBook
  readonly stack: string
  /** Tells the person what went otherwise than asked, and was mended. */
  readonly warn: (text: string) => void
}

/** Carries out one change; the text returned says what was unusual. Throws what the Controller throws. */
export async function applyChange(change: Change, context: StepContext): Promise<string | undefined> {
  switch (change.action) {
    case 'create':
      return create(change.after, context)
    case 'update':
      await update(change.before, change.after, context)
      return undefined
    case 'delete':
      await prepareDelete(change.before, context)
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
  const observed = readObserved(kind, existing, { names: ids.nameOf, source: { url: controller.url, path: kind.path } })
  const changes = compareFields(observed, wanted)
  const { origin } = wanted
  const conflict = findOwnershipConflict(observed, { stack, origin }) ?? findFixedFieldConflict(observed, changes)
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

// The API answers 200 to some changes that it makes in part or not at all (a policy whose type changes loses its posture
// check roles on 1.6 and 2.0; a name that is taken drops the whole change), so what was written is read back. Once more
// mends the former.
async function update(before: Observed, after: Wanted, context: StepContext): Promise<void> {
  const { controller, ids, warn } = context
  const kind = kindOf(after.kind)
  const address = addressOf(after)
  let there = before
  const source = { url: controller.url, path: `${kind.path}/${before.id}` }
  for (const attempt of [1, 2]) {
    const method = await write(there, after, context).catch(error => {
      throw isGone(error, source.path) ? gone(address, error) : error
    })
    there = readObserved(kind, await controller.get(source.path), { names: ids.nameOf, source })
    const left = compareFields(there, after).map(({ field }) => field)
    if (there.name !== after.name) left.push('name')
    if (left.length === 0) return
    if (attempt === 1)
      warn(`${address}: the controller took the change, but not all of it (${left.join(', ')}); once more`)
    else throw swallowed(address, { method, path: kind.path }, left)
  }
}

// By which method it was done.
async function write(there: Observed, after: Wanted, context: StepContext): Promise<'PATCH' | 'PUT'> {
  const { controller, ids, stack, warn } = context
  const kind = kindOf(after.kind)
  const { before, isEmptied } = await prepare(there, after, context)
  const changed = new Set(compareFields(before, after).map(({ field }) => field))
  // They say what was written last. They are replaced as a whole, so foreign ones are sent along.
  const tags = { ...before.tags, ...tagsOf(stack, after) }
  try {
    if (kind.replaced.fields.some(field => changed.has(field))) {
      const raw = asRaw(await controller.get(`${kind.path}/${before.id}`), after.kind)
      const kept = Object.fromEntries(Object.entries(raw).filter(([member]) => kind.replaced.kept.includes(member)))
      await controller.put(kind.path, before.id, { ...kept, ...kind.toApi(after.fields, ids.idOf), tags })
      return 'PUT'
    }
    const sent = new Set([...changed, ...kind.always])
    const fields = Object.fromEntries(
      Object.entries(after.fields).filter(([field]) => sent.has(field) && !kind.fixed.includes(field)),
    )
    await controller.patch(kind.path, before.id, { ...kind.toApi(fields, ids.idOf), tags })
    return 'PATCH'
  } catch (error) {
    if (isEmptied) warn(describeEmptied(after))
    throw error
  }
}

type Sent = { readonly method: string; readonly path: string }

function swallowed(address: string, { method, path }: Sent, fields: readonly string[]): ControllerError {
  return new ControllerError(
    `${address}: the controller answered that it is changed, but ${fields.join(', ')} ${fields.length === 1 ? 'is' : 'are'} not as written`,
    { method, path, retryable: false },
    'somebody may have changed it at the same moment, or this version ignores such a change; see what is left with: zprom plan',
  )
}
