import { listFew } from '../model/few.js'
import type { Imported } from '../model/import.js'
import { counted } from './counted.js'

// A network can hold thousands of things that have nothing to do with zprom.
const shown = 20

const unknown =
  'namespaces, releases, ports, who scrapes another cluster, jobs, intervals and paths, and which developers were enrolled'

/** What was read off a network, for a person. `file`: where it was written; undefined when it was not. */
export function formatImported(imported: Imported, file: string | undefined): string {
  const { foreign, same, different, missing, conflicts, notUnderstood } = imported
  // What is ours already needs no adopting: a spec that was lost.
  const adopting = foreign === 0 ? '' : ' --adopt all'
  const more = notUnderstood.length - shown
  return [
    `${file === undefined ? 'Found' : `${file} written`}: ${describeFound(imported)}`,
    `  ${counted(same, 'entity is', 'entities are')} as the spec asks`,
    ...(different.length === 0 ? [] : [`  ~ ${different.length} would be changed: ${listFew(different)}`]),
    ...(missing.length === 0 ? [] : [`  + ${missing.length} would be made: ${listFew(missing)}`]),
    ...(imported.own === 0 ? [] : [`  of the spec that was lost the network does not know ${unknown}: add yours`]),
    ...conflicts.flatMap(({ address, reason, hint }) => [`  ! ${address}: ${reason}`, `      ${hint}`]),
    ...(notUnderstood.length === 0 ? [] : ['Not understood, and left alone:']),
    ...notUnderstood.slice(0, shown).map(({ what, reason }) => `  ? ${what}: ${reason}`),
    ...(more > 0 ? [`  and ${more} more; --json has them all`] : []),
    // These are what adopting all leaves in conflict, and then nothing is applied.
    ...(file === undefined || conflicts.length > 0
      ? []
      : ['', `Next: zprom plan${adopting}, then zprom apply${adopting}`]),
  ].join('\n')
}

function describeFound({ clusters, local, targets, developers }: Imported): string {
  const parts = [
    ...clusters.map(({ name, prometheus }) => `${name} (${prometheus})`),
    ...(local === undefined ? [] : [`the local Prometheus (${local.dark ? 'dark' : 'in the open'})`]),
    ...targets.map(name => `target ${name}`),
    ...developers.map(name => `developer ${name}`),
  ]
  return listFew(parts, { few: 10 })
}
