import { observe } from '../controller/index.js'
import { UsageError } from '../errors.js'
import { expandSpec } from '../expand/index.js'
import type { Address, Observed } from '../model/entity.js'
import { addressOf } from '../model/entity.js'
import type { Imported, NotUnderstood } from '../model/import.js'
import type { Change } from '../model/plan.js'
import type { Snapshot } from '../model/snapshot.js'
import type { Topology } from '../model/topology.js'
import { makePlan } from '../plan/index.js'
import { parseSpec } from '../spec/parse.js'
import { isPartOf, specOfNetwork } from './network-spec.js'
import type { Deps } from './ports.js'
import { fetchRoutersIfAllowed } from './routers.js'

/**
 * The spec of a network that was built by hand with the article's names. `begin` is the text of a spec that has a stack and
 * asks for nothing; what is found is added to it by the same edits as a person's commands make, so it is a valid spec or is
 * left out. Reads only.
 */
export async function importSpec(begin: string, file: string, deps: Deps): Promise<Imported> {
  const { controller, listener } = deps
  const warn = ({ message }: Error) => {
    const text = `identities of edge routers are among what is not understood, for routers can't be listed: ${message}`
    listener({ type: 'warning', text })
  }
  const [snapshot, routers = []] = await Promise.all([observe(controller), fetchRoutersIfAllowed(controller, warn)])
  const { stack } = parseSpec(begin, file)
  for (const text of describeOthers(snapshot, stack)) listener({ type: 'warning', text })
  const entities = new Map([...snapshot.entities].filter(([, one]) => isOpen(one, stack)))
  const { text, refused } = specOfNetwork(begin, file, entities)
  const spec = parseSpec(text, file)
  const topology = expandSpec(spec)
  const clusters = spec.clusters.map(({ name }) => name)
  const strangers = new Set(routers.map(({ name }) => name))
  return {
    text,
    clusters: spec.clusters.map(({ name, prometheus }) => ({ name, prometheus })),
    local: spec.local === undefined ? undefined : { dark: spec.local.dark },
    targets: spec.targets.map(({ name }) => name),
    developers: spec.developers.map(({ name }) => name),
    own: [...entities.values()].filter(({ owner }) => owner !== undefined).length,
    foreign: topology.entities.filter(one => !one.onlyIfMissing && isForeign(entities.get(addressOf(one)))).length,
    ...compare(topology, snapshot),
    notUnderstood: [...refused, ...leftOver(entities, { topology, clusters, refused, strangers })],
  }
}

/** Throws UsageError for a network on which there is nothing to write a spec of. */
export function refuseNothing({ clusters, developers, local, targets, notUnderstood }: Imported): void {
  if (clusters.length + developers.length + targets.length > 0 || local !== undefined) return
  const seen = notUnderstood.slice(0, 5).map(({ what }) => what)
  throw new UsageError(
    'nothing on this network has the names of the article, so nothing was written',
    seen.length === 0 ? 'begin with: zprom init cluster NAME' : `there are, for instance: ${seen.join(', ')}`,
  )
}

// Of another stack: its own spec asks for it.
function isOpen({ owner }: Observed, stack: string): boolean {
  return owner === undefined || owner.stack === stack
}

function isForeign(there: Observed | undefined): boolean {
  return there !== undefined && there.owner === undefined
}

// A spec that was lost is what is looked for under the wrong name of its stack.
function describeOthers({ entities }: Snapshot, stack: string): string[] {
  const counts = new Map<string, number>()
  for (const { owner } of entities.values())
    if (owner !== undefined && owner.stack !== stack) counts.set(owner.stack, (counts.get(owner.stack) ?? 0) + 1)
  return [...counts].map(
    ([name, count]) =>
      `${count} entities of the stack "${name}" are left out; to import those instead: zprom import --stack ${name}`,
  )
}

// What taking all of it over would do.
function compare(
  topology: Topology,
  snapshot: Snapshot,
): Pick<Imported, 'same' | 'different' | 'missing' | 'conflicts'> {
  const nothing = { held: new Map(), now: 0, reEnroll: new Set<string>(), shown: (path: string) => path }
  const plan = makePlan({ ...nothing, topology, snapshot, adopt: 'all' })
  const changes = plan.steps.map(({ change }) => change)
  const different = changes.filter(differs)
  return {
    same: topology.entities.length - different.length - count(changes, 'create') - plan.conflicts.length,
    different: different.map(({ address }) => address),
    missing: changes.filter(({ action }) => action === 'create').map(({ address }) => address),
    conflicts: plan.conflicts,
  }
}

function differs(change: Change): boolean {
  return change.action === 'update' && change.fields.some(({ field }) => field !== 'tags')
}

function count(changes: readonly Change[], action: Change['action']): number {
  return changes.filter(change => change.action === action).length
}

type Recovered = {
  readonly topology: Topology
  /** Names of those in the topology. */
  readonly clusters: readonly string[]
  readonly refused: readonly NotUnderstood[]
  /** Names of edge routers. */
  readonly strangers: ReadonlySet<string>
}

const listed = ['identity', 'config', 'service', 'service-policy'] as const

// Administrators and the identities of routers are nobody's mistake.
function leftOver(entities: ReadonlyMap<Address, Observed>, recovered: Recovered): NotUnderstood[] {
  const { topology, strangers: routers } = recovered
  const known = new Set(topology.entities.map(addressOf))
  return [...entities.values()]
    .filter(entity => listed.some(kind => kind === entity.kind) && !known.has(addressOf(entity)))
    .filter(entity => entity.kind !== 'identity' || !(entity.fields.isAdmin || routers.has(entity.name)))
    .map(entity => ({ what: addressOf(entity), reason: explain(entity, recovered) }))
    .sort((one, other) => (one.what < other.what ? -1 : 1))
}

function explain(entity: Observed, { refused, clusters }: Recovered): string {
  if (entity.owner !== undefined)
    return `ours, of ${entity.owner.origin}, which is not recovered: write it into the spec, or a prune deletes it`
  const whole = refused.find(({ what }) => isPartOf(what, entity, clusters))
  if (whole !== undefined) return `part of ${whole.what}, which is left out`
  if (entity.kind === 'identity' && entity.fields.roleAttributes.length > 0)
    return `no name of the article, and not the role attributes of a developer (#${entity.fields.roleAttributes.join(' #')})`
  return 'no name of the article'
}
