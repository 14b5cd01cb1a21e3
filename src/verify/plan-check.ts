import { hasWork } from '../plan/index.js'
import { counted } from '../report/counted.js'
import { summarizePlan } from '../report/plan-text.js'
import type { Check } from './check.js'

/** The controller has what the spec says. */
export const planCheck: Check = {
  id: 'plan/empty',
  title: 'the controller has what the spec says',
  run: async ({ plan }) => {
    if (!hasWork(plan))
      return { result: 'pass', detail: `${counted(plan.unchanged.length, 'entity', 'entities')}, none to change` }
    // While there is one, apply does nothing.
    const [conflict] = plan.conflicts
    const mend =
      conflict === undefined ? 'mend with: zprom apply' : `${conflict.address}: ${conflict.reason}; ${conflict.hint}`
    return { result: 'fail', detail: summarizePlan(plan), hint: `look with: zprom plan; ${mend}` }
  },
}
