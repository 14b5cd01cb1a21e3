import { kindOf } from '../kinds/index.js'
import { notOurs } from '../model/conflict.js'
import { addressOf, type Observed } from '../model/entity.js'
import type { Conflict, FieldChange } from '../model/plan.js'
import type { Snapshot } from '../model/snapshot.js'

type Asked = {
  readonly stack: string
  readonly origin: string
  readonly adoptWith?: string | undefined
  /** By name of identity; without them a router's identity is a stranger's. */
  readonly enrollments?: Snapshot['enrollments']
}

/** Why this stack must not touch an entity that is there already; undefined when it is ours. */
export function findOwnershipConflict(
  observed: Observed,
  { stack, origin, enrollments, adoptWith }: Asked,
): Conflict | undefined {
  if (observed.owner === undefined) {
    const holder = describeHolder(observed, enrollments)
    if (holder !== undefined) {
      return {
        address: addressOf(observed),
        reason: `an identity of this name is ${holder}, and stays so`,
        hint: `no --adopt takes it over: rename it${otherName(origin)}`,
      }
    }
    return {
      address: addressOf(observed),
      reason: notOurs,
      hint: `take it over with${adoptWith === undefined ? '' : `: ${adoptWith}`} --adopt ${addressOf(observed)}, or rename it, or delete it${otherName(origin)}`,
    }
  }
  if (observed.owner.stack === stack) return undefined
  const { stack: other } = observed.owner
  return {
    address: addressOf(observed),
    reason: `an entity of this name belongs to the stack "${other}"`,
    hint:
      origin === 'local'
        ? `the names of a local Prometheus are the same everywhere, so a network has one: leave "local:" out here, or have the stack "${other}" give it up`
        : `set "stack: ${other}" if this file is meant to own it${otherName(origin)}`,
  }
}

// To make such a one what a spec says takes rights away, perhaps of the very login in use; and a router's goes with the router.
function describeHolder(observed: Observed, enrollments: Asked['enrollments']): string | undefined {
  if (observed.kind !== 'identity') return undefined
  if (observed.fields.isAdmin) return "an administrator's"
  return enrollments?.get(observed.name)?.isRouter === true ? "an edge router's" : undefined
}

// Only of what the person named; the router policies of a stack, for one, take their name from elsewhere.
function otherName(origin: string): string {
  const item = /^(cluster|developer|target)\//.exec(origin)?.[1]
  return item === undefined ? '' : `, or use another ${item} name`
}

/** Why an update can't be made: the API silently ignores a change of these fields. */
export function findFixedFieldConflict(observed: Observed, changes: readonly FieldChange[]): Conflict | undefined {
  const { fixed } = kindOf(observed.kind)
  const change = changes.find(({ field }) => fixed.includes(field))
  if (change === undefined) return undefined
  return {
    address: addressOf(observed),
    reason: `its ${change.field} is ${String(change.before)} and must be ${String(change.after)}, but that can't be changed afterwards`,
    hint: `delete ${addressOf(observed)} on the controller; the next run makes it again`,
  }
}
