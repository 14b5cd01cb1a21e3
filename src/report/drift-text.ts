import type { Address } from '../model/entity.js'
import type { Drift, FieldChange } from '../model/plan.js'

/** What somebody changed on the network, for a person; nothing when nobody did. */
export function formatDrift(
  { changed, missing, extra }: Drift,
  formatField: (change: FieldChange) => string,
): string[] {
  const lines = [
    ...changed.flatMap(({ address, fields }) => [
      `  ~ ${address}`,
      ...fields.map(field => `${formatField(field)}${field.cause === 'both' ? '  (the spec has changed too)' : ''}`),
    ]),
    ...missing.map(
      address => `  + ${address}: missing, though what was made with it is there (deleted, or a run broke off)`,
    ),
    ...extra.flatMap(formatExtra),
  ]
  return lines.length === 0
    ? []
    : ['Drift: the network is not as zprom left it, and the spec did not ask for that', ...lines]
}

function formatExtra({ address, renamedFrom }: { address: Address; renamedFrom?: Address }): string[] {
  if (renamedFrom === undefined)
    return [`  ? ${address}: extra, a copy or a renaming of what zprom made under another name`]
  return [
    `  ? ${address}: renamed, it was ${renamedFrom}`,
    `      rename it back; or have the other made anew and this one deleted: zprom apply --prune`,
  ]
}
