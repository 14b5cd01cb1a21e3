import { kindOf } from '../kinds/index.js'
import { type Address, addressOf, entityKinds, type Wanted } from '../model/entity.js'
import type { Change, Step } from '../model/plan.js'
import { usersOf } from './prune.js'

/**
 * Puts changes in order: by need, and among equals by kind and name, so the same inputs give the same bytes. Every step
 * waits for the steps that make what it names. Deletes come last, in reverse order of kinds, each after whatever names it now.
 */
export function orderChanges(changes: readonly Change[]): Step[] {
  const making = new Set(changes.filter(({ action }) => action === 'create').map(({ address }) => address))
  const users = usersOf(changes)
  const rank = new Map(entityKinds.map((kind, index) => [kind as string, index]))
  const keyed = changes.map(change => ({ change, rank: rankOf(change, rank) }))
  keyed.sort((a, b) => a.rank - b.rank || compareText(a.change.address, b.change.address))
  return keyed.map(({ change }) => ({ change, waitsFor: waitsFor(change, making, users) }))
}

/** Entities that must exist before this one does. */
export function needsOf(wanted: Wanted): Address[] {
  return kindOf(wanted.kind).needs(wanted.fields)
}

// Kinds name only kinds before them, so the order of kinds is an order of need.
function rankOf(change: Change, rank: ReadonlyMap<string, number>): number {
  const kind = change.action === 'delete' ? change.before.kind : change.after.kind
  const place = rank.get(kind) ?? 0
  return change.action === 'delete' ? 2 * rank.size - place : place
}

function waitsFor(
  change: Change,
  making: ReadonlySet<Address>,
  users: ReadonlyMap<Address, readonly Address[]>,
): Address[] {
  if (change.action === 'delete') return [...(users.get(change.address) ?? [])].sort(compareText)
  return needsOf(change.after).filter(address => making.has(address))
}

/** Orders by code unit: the same on every machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Every entity that is needed but neither wanted nor there; a mistake in the expansion. */
export function findDangling(wanted: readonly Wanted[], known: (address: Address) => boolean): Address[] {
  const made = new Set(wanted.map(addressOf))
  return wanted.flatMap(needsOf).filter(address => !made.has(address) && !known(address))
}
