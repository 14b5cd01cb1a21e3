import { resolve } from 'node:path'
import { ApplyError, UsageError } from '../errors.js'
import type { Plan } from '../model/plan.js'
import { type Choices, formatPlanFile, parsePlanFile, type SavedPlan, whyStale } from '../plan/index.js'
import { planToJson } from '../report/json.js'
import { filesOf, isFiniteFile } from './files.js'
import type { FlagFile } from './replaceable.js'

/** As a file that a flag names. */
export function planFile(path: string | undefined): FlagFile {
  return { flag: '--out', path, what: 'a saved plan', beginning: /^\s*\{\s*"format":\s*"zprom-plan\// }
}

/** Saves a plan for later, for nobody else to read: it holds what stood in fields that somebody changed. */
export async function savePlan(
  path: string,
  { plan, spec, choices }: { readonly plan: Plan; readonly spec: string; readonly choices: Choices },
): Promise<void> {
  const { stack, controller, basis } = plan
  await filesOf('--out').keepSecret(
    resolve(path),
    formatPlanFile({ stack, controller, spec, basis, choices }, planToJson(plan)),
  )
}

/** Reads a plan that was saved. Throws UsageError, FileError, and ApplyError for one that was edited. */
export async function readSavedPlan(path: string): Promise<SavedPlan> {
  const by = 'zprom apply FILE'
  if (!(await isFiniteFile(resolve(path), by)))
    throw new UsageError(`${path}: this is no file`, 'give a file that "zprom plan --out FILE" wrote')
  const text = await filesOf(by).read(resolve(path))
  if (text === undefined)
    throw new UsageError(`${path}: there is no such file`, 'make one with "zprom plan --out FILE"')
  return parsePlanFile(text, path)
}

/** Throws ApplyError, with nothing done, unless the plan that would be applied now is the one that was saved. */
export function refuseStale(saved: SavedPlan, plan: Plan, spec: string, path: string): void {
  const reason = whyStale(saved, { plan, shown: planToJson(plan), spec })
  if (reason === undefined) return
  throw new ApplyError(
    `${path} is out of date: ${reason}; nothing was changed`,
    null,
    'make a new one with "zprom plan --out FILE"',
  )
}
