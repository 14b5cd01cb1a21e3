import { createHash } from 'node:crypto'
import { ApplyError, UsageError } from '../errors.js'
import type { Adopt, Plan, Prune } from '../model/plan.js'

/** What was decided when a plan was made, beyond what the spec says. */
export type Choices = { readonly prune?: Prune; readonly adopt?: Adopt; readonly target?: ReadonlySet<string> }

/** A plan that was looked at and is to be applied as it was. Holds neither ids nor tokens. */
export type SavedPlan = {
  readonly stack: string
  readonly controller: string
  /** Of the spec, as text. */
  readonly spec: string
  readonly basis: string
  readonly choices: Choices
  /** Hash of the steps and enrolments that were looked at. */
  readonly stepsHash: string
}

/** The parts of a plan, as --json gives it, that say what would be done. */
export type ShownPlan = { readonly steps?: unknown; readonly enrollments?: unknown }

const format = 'zprom-plan/2'
const formerFormat = 'zprom-plan/1'

/** A saved plan as text; `shown` is the plan as --json gives it, for people and tools to read. */
export function formatPlanFile({ choices, ...saved }: Omit<SavedPlan, 'stepsHash'>, shown: ShownPlan): string {
  const { prune, adopt, target } = choices
  const written = {
    ...(prune !== undefined && { prune: { enrolledToo: prune.enrolledToo } }),
    ...(adopt !== undefined && { adopt: adopt === 'all' ? 'all' : [...adopt].sort() }),
    ...(target !== undefined && { target: [...target].sort() }),
  }
  const stepsHash = hashSteps(shown)
  return `${JSON.stringify({ format, ...saved, choices: written, stepsHash, plan: shown }, undefined, 2)}\n`
}

/** Reads a saved plan. Throws UsageError for a text that is none, ApplyError for one whose steps were edited. */
export function parsePlanFile(text: string, file: string): SavedPlan {
  const data = parseJson(text)
  const { stack, controller, spec, basis, choices, stepsHash, plan } = data
  if (data.format === formerFormat) {
    throw new UsageError(`${file} was saved by an earlier version of zprom, and cannot be held to its steps`, saveAgain)
  }
  if (data.format !== format || !areTexts(stack, controller, spec, basis, stepsHash) || !isMap(choices)) {
    throw new UsageError(`${file} is no saved plan of this version of zprom`, 'make one with "zprom plan --out FILE"')
  }
  if (hashSteps(isMap(plan) ? plan : {}) !== stepsHash) {
    throw new ApplyError(`the steps in ${file} were edited after it was saved; nothing was changed`, null, saveAgain)
  }
  return {
    stack: String(stack),
    controller: String(controller),
    spec: String(spec),
    basis: String(basis),
    choices: readChoices(choices),
    stepsHash,
  }
}

const saveAgain = 'save the plan again with "zprom plan --out FILE"; what is to be done is edited in the spec'

/** Why a saved plan can't be applied any more; undefined while nothing has moved. `shown` is the new plan as --json gives it. */
export function whyStale(
  saved: SavedPlan,
  { plan, shown, spec }: { readonly plan: Plan; readonly shown: ShownPlan; readonly spec: string },
): string | undefined {
  const { stack, controller, basis } = plan
  if (saved.spec !== spec) return 'the spec was changed since'
  if (saved.stack !== stack) return `it is for the stack "${saved.stack}"`
  if (saved.controller !== controller) return `it is for ${saved.controller}, and this is ${controller}`
  if (saved.basis !== basis) return 'what is on the controller, or in the output folder, has changed since'
  // Another version of zprom may plan otherwise, and the choices in the file may have been edited.
  return saved.stepsHash === hashSteps(shown) ? undefined : 'zprom would now do something else'
}

// Members may have been put in another order by whatever the file went through.
function hashSteps({ steps, enrollments }: ShownPlan): string {
  const text = JSON.stringify([steps, enrollments], (_, value: unknown) =>
    isMap(value) ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))) : value,
  )
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}

function readChoices({ prune, adopt, target }: Record<string, unknown>): Choices {
  return {
    ...(isMap(prune) && { prune: { enrolledToo: prune.enrolledToo === true } }),
    ...(adopt === 'all' ? { adopt: 'all' } : Array.isArray(adopt) && { adopt: new Set(adopt.map(String)) }),
    ...(Array.isArray(target) && { target: new Set(target.map(String)) }),
  }
}

function parseJson(text: string): Record<string, unknown> {
  try {
    const data: unknown = JSON.parse(text)
    return isMap(data) ? data : {}
  } catch {
    return {}
  }
}

function isMap(data: unknown): data is Record<string, unknown> {
  return typeof data === 'object' && data !== null && !Array.isArray(data)
}

function areTexts(...values: readonly unknown[]): boolean {
  return values.every(value => typeof value === 'string')
}
