import { UsageError } from '../errors.js'
import type { Address } from '../model/entity.js'
import { parseAddress } from '../model/entity.js'
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
}

const format = 'zprom-plan/1'

/** A saved plan as text; `shown` is the plan as --json gives it, for people and tools to read. */
export function formatPlanFile({ choices, ...saved }: SavedPlan, shown: object): string {
  const { prune, adopt, target } = choices
  const written = {
    ...(prune !== undefined && { prune: { enrolledToo: prune.enrolledToo } }),
    ...(adopt !== undefined && { adopt: adopt === 'all' ? 'all' : [...adopt].sort() }),
    ...(target !== undefined && { target: [...target].sort() }),
  }
  return `${JSON.stringify({ format, ...saved, choices: written, plan: shown }, undefined, 2)}\n`
}

/** Reads a saved plan. Throws UsageError for a text that is none. */
export function parsePlanFile(text: string, file: string): SavedPlan {
  const data = parseJson(text)
  const { stack, controller, spec, basis, choices } = data
  if (data.format !== format || !areTexts(stack, controller, spec, basis) || !isMap(choices)) {
    throw new UsageError(`${file} is no saved plan of this version of zprom`, 'make one with "zprom plan --out FILE"')
  }
  const [stackText = '', controllerText = '', specText = '', basisText = ''] = [stack, controller, spec, basis].map(
    String,
  )
  return {
    stack: stackText,
    controller: controllerText,
    spec: specText,
    basis: basisText,
    choices: readChoices(choices, file),
  }
}

/** Why a saved plan can't be applied any more; undefined while nothing has moved. */
export function whyStale(saved: SavedPlan, { stack, controller, basis }: Plan, spec: string): string | undefined {
  if (saved.spec !== spec) return 'the spec was changed since'
  if (saved.stack !== stack) return `it is for the stack "${saved.stack}"`
  if (saved.controller !== controller) return `it is for ${saved.controller}, and this is ${controller}`
  return saved.basis === basis ? undefined : 'what is on the controller, or in the output folder, has changed since'
}

function readChoices({ prune, adopt, target }: Record<string, unknown>, file: string): Choices {
  return {
    ...(isMap(prune) && { prune: { enrolledToo: prune.enrolledToo === true } }),
    ...(adopt === 'all'
      ? { adopt: 'all' }
      : Array.isArray(adopt) && { adopt: new Set(adopt.map(word => addressIn(word, file))) }),
    ...(Array.isArray(target) && { target: new Set(target.map(String)) }),
  }
}

function addressIn(word: unknown, file: string): Address {
  const address = parseAddress(String(word))
  if (address !== undefined) return address
  throw new UsageError(`${file} names ${String(word)}, which is no address`)
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
