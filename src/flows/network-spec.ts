import { isDeepStrictEqual } from 'node:util'
import { stringify } from 'yaml'
import { SpecError, UsageError } from '../errors.js'
import { expandSpec } from '../expand/index.js'
import { localName, ofNearer, prometheusNames, targetNames, workloadNames, zitiHostNames } from '../expand/names.js'
import { isOwnDeveloper, type Recognized, recognizeSpec } from '../expand/recognize.js'
import { type Address, addressOf, type Observed, type Wanted } from '../model/entity.js'
import type { NotUnderstood } from '../model/import.js'
import { addCluster, addDeveloper, addLocal, type Edited, ownRouterPolicies } from '../spec/edit.js'
import { addTarget } from '../spec/edit-targets.js'
import { clusterItem, localItem, targetItem } from '../spec/items.js'
import { parseSpec } from '../spec/parse.js'

type Entities = ReadonlyMap<Address, Observed>
type Written = { readonly text: string; readonly refused: readonly NotUnderstood[] }

/**
 * Whether an entity has the name of one of an item's that was refused; `what` as `Written.refused` has it. `clusters`: those that
 * were not, and may have the name rather.
 */
export function isPartOf(
  what: string,
  { kind, name }: Pick<Observed, 'kind' | 'name'>,
  clusters: readonly string[],
): boolean {
  const [, item, of = ''] = /^(cluster|target|developer) (.*)$/su.exec(what) ?? []
  switch (item) {
    case 'cluster':
      return isOfCluster(of, name) && !ofNearer(of, clusters)(name)
    case 'target':
      return Object.values<string>(targetNames(of)).includes(name)
    case 'developer':
      return kind === 'identity' && name === of
    default:
      return Object.values<string>(prometheusNames(localName)).includes(name)
  }
}

// A workload's name may have dots, so each beginning of the rest may be one.
function isOfCluster(cluster: string, name: string): boolean {
  if (!name.startsWith(`${cluster}.`)) return false
  const labels = name.slice(cluster.length + 1).split('.')
  const workloads = labels.map((_, at) => workloadNames(cluster, labels.slice(0, at + 1).join('.')))
  const known = [...workloads, prometheusNames(cluster), zitiHostNames(cluster)]
  return known.some(names => Object.values<string>(names).includes(name))
}

/** What the entities of a network come to as a spec, and what no spec can say; the text is valid whatever they are. Pure. */
export function specOfNetwork(begin: string, file: string, entities: Entities): Written {
  return writeAtOnce(begin, file, entities) ?? writeOneByOne(begin, file, entities)
}

// Hundreds of edits would each read the whole spec again.
function writeAtOnce(begin: string, file: string, entities: Entities): Written | undefined {
  const { stack } = parseSpec(begin, file)
  const found = recognizeSpec(entities)
  const start = withPolicies(begin, stack, file, entities)
  const all = tryText(append(start, found), file)
  if (all === undefined) return undefined
  const wanted = new Map(expandSpec(all).entities.map(one => [addressOf(one), one]))
  const developers = found.developers.filter(name => {
    const address: Address = `identity/${name}`
    return isDeveloper(entities.get(address), wanted.get(address))
  })
  const text = append(start, { ...found, developers })
  return tryText(text, file) === undefined ? undefined : { text, refused: [] }
}

function append(text: string, { clusters, local, targets, developers }: Recognized): string {
  const parts = {
    ...(clusters.length > 0 && { clusters: clusters.map(clusterItem) }),
    ...(targets.length > 0 && { targets: targets.map(targetItem) }),
    ...(local !== undefined && { local: localItem(local) }),
    ...(developers.length > 0 && { developers: developers.map(name => ({ name })) }),
  }
  return Object.keys(parts).length === 0 ? text : `${text.trimEnd()}\n${stringify(parts, { lineWidth: 0 })}`
}

function tryText(text: string, file: string) {
  try {
    return parseSpec(text, file)
  } catch (error) {
    if (error instanceof SpecError) return undefined
    throw error
  }
}

// Only zprom gives them that name: the spec of this stack was lost.
function withPolicies(begin: string, stack: string, file: string, entities: Entities): string {
  return entities.has(`edge-router-policy/${stack}.edge-routers`) ? ownRouterPolicies(begin, file).text : begin
}

// What a whole cannot be, is looked for piece by piece: what may not be in a spec is left out.
function writeOneByOne(begin: string, file: string, entities: Entities): Written {
  const { clusters, local, targets, developers } = recognizeSpec(entities)
  const refused: NotUnderstood[] = []
  const { stack } = parseSpec(begin, file)
  let text = withPolicies(begin, stack, file, entities)
  const add = (what: string, edits: readonly ((text: string) => Edited)[]) => {
    const problem = tryEdits(edits, text)
    if (typeof problem === 'string') refused.push({ what, reason: problem })
    else text = problem.text
  }
  // Before those that scrape them.
  for (const target of targets) add(`target ${target.name}`, [before => addTarget(before, target, file)])
  const refusedNames = new Set(refused.map(({ what }) => what))
  const withoutRefused = <T extends Pick<Recognized['clusters'][number], 'scrape'>>(one: T): T => {
    const scrape = one.scrape?.filter(name => !refusedNames.has(`target ${String(name)}`))
    return scrape === undefined ? one : { ...one, scrape }
  }
  for (const cluster of clusters) {
    const { releases: _, ...plain } = cluster
    // A release of a name that helm would refuse is left out: the plan shows the difference.
    const ways = [cluster, plain].map(withoutRefused).map(one => (before: string) => addCluster(before, one, file))
    add(`cluster ${cluster.name}`, ways)
  }
  if (local !== undefined) {
    const ways = [withoutRefused(local), { dark: local.dark }].map(
      one => (before: string) => addLocal(before, one, file),
    )
    add('local Prometheus', ways)
  }
  for (const name of developers) {
    const address: Address = `identity/${name}`
    const attempt = tryEdits([before => addDeveloper(before, { name }, file)], text)
    if (typeof attempt === 'string') refused.push({ what: `developer ${name}`, reason: attempt })
    else if (fitsDeveloper(attempt.text, file, entities.get(address))) text = attempt.text
  }
  return { text, refused }
}

function fitsDeveloper(text: string, file: string, there: Observed | undefined): boolean {
  const wanted = expandSpec(parseSpec(text, file)).entities.find(one => addressOf(one) === (there && addressOf(there)))
  return isDeveloper(there, wanted)
}

// To take over an identity that may dial more, or less, than a developer would change what it may: it is somebody else, unless
// our own tag says otherwise.
function isDeveloper(there: Observed | undefined, wanted: Wanted | undefined): boolean {
  if (there === undefined || wanted === undefined) return false
  return isOwnDeveloper(there) || isDeepStrictEqual(wanted.fields, there.fields)
}

function tryEdits(edits: readonly ((text: string) => Edited)[], text: string): Edited | string {
  let problem = ''
  for (const edit of edits) {
    try {
      return edit(text)
    } catch (error) {
      if (!(error instanceof UsageError || error instanceof SpecError)) throw error
      problem ||= error.message
    }
  }
  return problem
}
