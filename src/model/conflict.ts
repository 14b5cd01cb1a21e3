import type { Conflict, Plan } from './plan.js'

/** Why what is there under a wanted name is left alone: nobody's tag is on it. */
export const notOurs = 'an entity of this name exists and was not made by zprom'

/** Whether to adopt the entity would settle a conflict. */
export function isAdoptable({ reason }: Pick<Conflict, 'reason'>): boolean {
  return reason === notOurs
}

/** The conflicts of a plan that ask whether a delete is meant: the plan shows it, and what hangs on it. */
export function doubtedDeletes({ steps, conflicts }: Pick<Plan, 'steps' | 'conflicts'>): Conflict[] {
  const deleted = new Set(steps.flatMap(({ change }) => (change.action === 'delete' ? [change.address] : [])))
  return conflicts.filter(({ address }) => deleted.has(address))
}
