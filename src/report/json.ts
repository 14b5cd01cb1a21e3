import { addressOf } from '../model/entity.js'
import type { Change, Plan } from '../model/plan.js'

/** A plan as --json gives it: addresses and fields, no ids of the controller, no tokens. */
export function planToJson(plan: Plan) {
  const { steps, ...rest } = plan
  return { ...rest, steps: steps.map(({ change, waitsFor }) => ({ ...changeToJson(change), waitsFor })) }
}

function changeToJson(change: Change) {
  switch (change.action) {
    case 'create':
      return {
        action: change.action,
        address: change.address,
        origin: change.after.origin,
        fields: change.after.fields,
      }
    case 'update':
      return { action: change.action, address: change.address, origin: change.after.origin, changes: change.fields }
    case 'delete':
      return { action: change.action, address: addressOf(change.before) }
  }
}
