import { isAdoptable } from '../model/conflict.js'
import type { Address, Wanted } from '../model/entity.js'
import type { Change, EnrollmentStep, FieldChange, Plan } from '../model/plan.js'
import { hideInValue } from '../model/secrets.js'
import { quoteWord } from '../model/shell-word.js'
import { counted } from './counted.js'
import { formatDrift } from './drift-text.js'
import { formatForecast } from './forecast-text.js'
import { describeSpent, type Spent } from './spent.js'

/**
 * A plan for a person: one line per step, one per changed field, the counts last. `shown` makes a path below the output
 * folder one that can be typed; `spent` is what it took to make the plan, where that is all that was done.
 */
export function formatPlan(plan: Plan, shown: (path: string) => string, spent?: Spent): string {
  const lines = [
    ...plan.steps.flatMap(({ change }) => formatWanted(change)),
    ...plan.enrollments.map(step => formatEnrollment(step, shown)),
    ...plan.conflicts.flatMap(({ address, reason, hint }) => [`  ! ${address}: ${reason}`, `      ${hint}`]),
    ...formatAdvice(plan),
    ...formatKept(plan),
  ]
  const head = `Plan for stack "${plan.stack}" on ${plan.controller}`
  const parts = [lines, formatDriftOf(plan), formatForecast(plan.forecast)].filter(part => part.length > 0)
  return [head, '', ...parts.flatMap(part => [...part, '']), summarizePlan(plan, spent)].join('\n')
}

// The reader of the article has three dozen of them.
function formatAdvice({ conflicts }: Plan): string[] {
  return conflicts.filter(isAdoptable).length > 1
    ? ['      to take over all that was not made by zprom: zprom plan --adopt all (then zprom apply --adopt all)']
    : []
}

/** What a plan without work leaves alone, and what can be done about it: a line or two each. */
export function formatLeftAlone(plan: Plan): string[] {
  return [...formatKept(plan), ...formatDriftOf(plan)]
}

function formatDriftOf(plan: Plan): string[] {
  return formatDrift(plan.drift, { formatField, kept: new Set(plan.orphans), prune: pruneCommand(plan) })
}

// What was left out of the plan was not looked at, so it must not be deleted by what the plan advises.
function pruneCommand({ target = [] }: Plan): string {
  return ['zprom apply --prune', ...target.map(word => `--target ${quoteWord(word)}`)].join(' ')
}

// But for what drifted, which stands apart.
function formatKept(plan: Plan): string[] {
  const { notices, orphans: kept, drift } = plan
  const extra = new Set(drift.extra.map(({ address }) => address))
  const orphans = kept.filter(address => !extra.has(address))
  return [
    ...notices.flatMap(({ address, reason, hint }) => [`  ? ${address}: ${reason}`, `      ${hint}`]),
    ...orphans.map(address => `  ? ${address}: ours, but no longer in the spec; kept`),
    ...(orphans.length > 0 ? [`      to delete what is no longer in the spec: ${pruneCommand(plan)}`] : []),
  ]
}

/** The last line of a plan: counts, and what it took to make it. */
export function summarizePlan(plan: Plan, spent?: Spent): string {
  const count = (action: Change['action']) => plan.steps.filter(({ change }) => change.action === action).length
  const by = (action: EnrollmentStep['action']) => plan.enrollments.filter(step => step.action === action).length
  const conflicts = plan.conflicts.length === 0 ? '' : `, ${plan.conflicts.length} in conflict`
  const drifted = plan.drift.changed.length + plan.drift.missing.length
  const drift = drifted === 0 ? '' : `, ${drifted} of the changes by drift`
  return `Plan: ${count('create')} to create, ${count('update')} to change, ${count('delete')} to delete, ${by('enroll')} to enroll, ${counted(by('save-token'), 'token')} to save, ${plan.unchanged.length} unchanged${conflicts}${drift}${describeSpent(spent)}.`
}

// What drifted stands apart, below: of a step there is shown here what the spec has changed.
function formatWanted(change: Change): string[] {
  switch (change.action) {
    case 'create':
      return change.missing === true ? [] : [`  + ${change.address}${detailOf(change.after)}`]
    case 'update':
      return formatUpdate(
        change.address,
        change.fields.filter(({ cause }) => cause === undefined || cause === 'spec'),
      )
    case 'delete':
      return [`  - ${change.address}`]
  }
}

function formatUpdate(address: Address, fields: readonly FieldChange[]): string[] {
  return fields.length === 0 ? [] : [`  ~ ${address}`, ...fields.map(formatField)]
}

function formatField({ field, before, after }: FieldChange): string {
  if (field === 'tags' && isMark(before)) return '      notes that its item asks for less than before'
  if (field === 'tags' && before === undefined) return '      taken over: it was not made by zprom'
  return `      ${field}: ${show(before)} -> ${show(after)}`
}

function isMark(tags: unknown): boolean {
  return typeof tags === 'object' && tags !== null && 'item' in tags
}

function formatEnrollment(step: EnrollmentStep, shown: (path: string) => string): string {
  const verb = step.action === 'enroll' ? 'enroll into' : 'save its token as'
  return `  > ${step.address}: ${verb} ${shown(step.path)} (${step.reason})`
}

function detailOf(entity: Wanted): string {
  switch (entity.kind) {
    case 'identity':
      return entity.fields.roleAttributes.length === 0 ? '' : `  #${entity.fields.roleAttributes.join(' #')}`
    case 'config':
      return `  ${entity.fields.configType} ${show(entity.fields.data)}`
    case 'service':
      return `  ${entity.fields.configs.join(', ')}`
    case 'service-policy':
      return `  ${entity.fields.identityRoles.join(' ')} may ${entity.fields.type} ${entity.fields.serviceRoles.join(' ')}`
    case 'edge-router-policy':
      return `  ${entity.fields.identityRoles.join(' ')} may use ${entity.fields.edgeRouterRoles.join(' ')}`
    case 'service-edge-router-policy':
      return `  ${entity.fields.serviceRoles.join(' ')} may go over ${entity.fields.edgeRouterRoles.join(' ')}`
  }
}

function show(value: unknown): string {
  return value === undefined ? '(absent)' : JSON.stringify(hideInValue(value))
}
