import { addressOf } from '../model/entity.js'
import type { Imported } from '../model/import.js'
import type { Change, FieldChange, Plan } from '../model/plan.js'
import { hideInValue } from '../model/secrets.js'
import type { ImportJson } from './schema/edits.js'
import type { ConvergeJson } from './schema/run.js'

/** The document of `plan`. */
export type PlanJson = ReturnType<typeof planToJson>

/** A plan as --json gives it: addresses and fields, no ids of the controller, no tokens, what is secret in fields hidden. */
export function planToJson(plan: Plan) {
  const { stack, controller, enrollments, unchanged, conflicts, notices, orphans, forecast, steps, drift } = plan
  const changed = drift.changed.map(({ address, fields }) => ({ address, changes: fields.map(hideInChange) }))
  return {
    stack,
    controller,
    enrollments,
    unchanged,
    conflicts,
    notices,
    orphans,
    // Not before somebody reads it, for it is costly.
    get basis() {
      return plan.basis
    },
    ...(forecast !== undefined && { forecast }),
    drift: { ...drift, changed },
    steps: steps.map(({ change, waitsFor }) => ({ ...changeToJson(change), waitsFor })),
  }
}

function changeToJson(change: Change) {
  switch (change.action) {
    case 'create':
      return {
        action: change.action,
        address: change.address,
        origin: change.after.origin,
        fields: hideInFields(change.after.fields),
        ...(change.missing === true && { missing: true as const }),
      }
    case 'update':
      return {
        action: change.action,
        address: change.address,
        origin: change.after.origin,
        changes: change.fields.map(hideInChange),
      }
    case 'delete':
      return { action: change.action, address: addressOf(change.before) }
  }
}

// The names of fields are known and none is of a secret; what is below them is what people wrote.
function hideInFields(fields: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, hideInValue(value)]))
}

function hideInChange({ before, after, ...rest }: FieldChange) {
  return { ...rest, before: hideInValue(before), after: hideInValue(after) }
}

/** The document of `import`; `adopted`: the run that took the network over, if one was asked for. */
export function importToJson(found: Imported, adopted: ConvergeJson | null, written: boolean): ImportJson {
  return { written, ...found, local: found.local ?? null, adopted }
}
