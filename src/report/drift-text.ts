import type { Address } from '../model/entity.js'
import type { Drift, FieldChange } from '../model/plan.js'

/** What the wording of drift needs to know besides the drift itself. */
export type DriftText = {
  formatField(change: FieldChange): string
  /** What is ours, no longer in the spec, and not about to be deleted. */
  readonly kept: ReadonlySet<Address>
  /** The command that deletes what is left over. */
  readonly prune: string
}

/** What somebody changed on the network, and what can be done about it, for a person; nothing when nobody did. */
export function formatDrift({ changed, missing, extra }: Drift, { formatField, kept, prune }: DriftText): string[] {
  const lines = [
    ...changed.flatMap(({ address, fields }) => [
      `  ~ ${address}`,
      ...fields.map(field => `${formatField(field)}${field.cause === 'both' ? '  (the spec has changed too)' : ''}`),
    ]),
    ...missing.map(address => `  + ${address}: missing, though what is made with it is there`),
    ...extra.flatMap(one => [whatIsExtra(one), ...(kept.has(one.address) ? [adviceFor(one, prune)] : [])]),
  ]
  if (lines.length === 0) return []
  // Most often by a run that was interrupted: nobody did anything to the network then.
  const head =
    changed.length + extra.length === 0
      ? 'Drift: not all of what zprom makes together is there: deleted since, or never made, by a run that broke off or was limited by --target'
      : 'Drift: the network is not as zprom left it, and the spec did not ask for that'
  return [head, ...lines]
}

type Extra = Drift['extra'][number]

function whatIsExtra({ address, renamedFrom }: Extra): string {
  return renamedFrom === undefined
    ? `  ? ${address}: extra, a copy or a renaming of what zprom made under another name`
    : `  ? ${address}: renamed, it was ${renamedFrom}`
}

function adviceFor({ renamedFrom }: Extra, prune: string): string {
  return renamedFrom === undefined
    ? `      take the zprom_ tags off it if it is to stay; or have it deleted: ${prune}`
    : `      rename it back; or have the other made anew and this one deleted: ${prune}`
}
