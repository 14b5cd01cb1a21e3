import { digestOf } from '../kinds/digests.js'
import { addressOf } from '../model/entity.js'
import type { Topology } from '../model/topology.js'
import type { Spec } from '../spec/schema.js'
import { expandCluster } from './cluster.js'
import { expandDeveloper } from './developer.js'
import { developerAttributesOf, scraperAttributesOf } from './dial-attributes.js'
import type { Part } from './fields.js'
import { expandLocal } from './local.js'
import { localName } from './names.js'
import { expandRouterPolicies } from './router-policies.js'
import { scrapersOf } from './scrapers.js'
import { expandHost, expandTarget } from './target.js'

export { bridgeTargetsOf } from './bridge-targets.js'
export { deploymentsOf } from './deployments.js'
export { scrapeTargetsOf } from './scrape-targets.js'
export { scrapersOf } from './scrapers.js'
export { targetUsesOf } from './target-uses.js'

/** Everything that a spec stands for on the overlay: entities in normal form and how each identity is enrolled. Pure. */
export function expandSpec(spec: Spec): Topology {
  const known = expanded.get(spec)
  if (known !== undefined) return known
  const topology = expand(spec)
  expanded.set(spec, topology)
  return topology
}

// Who judges a spec expands it, and who plans with it does again.
const expanded = new WeakMap<Spec, Topology>()

function expand(spec: Spec): Topology {
  const items = withHosts(spec, itemsOf(spec))
  return {
    stack: spec.stack,
    entities: items.flatMap(({ origin, part, mark }) => {
      const item = digestOf(part.entities.map(addressOf).sort())
      // What is spread stands last: Node 20 takes ten times as long for members that follow it.
      return part.entities.map(entity => ({ origin, item, ...mark, ...entity }))
    }),
    enrollments: items.flatMap(({ origin, part, mark }) => part.enrollments.map(one => ({ origin, ...mark, ...one }))),
  }
}

/** Whether a word is of the form of an item of a spec, be it in the spec or not: `cluster/kubeA`, `developer/ann`, `local`. */
export function isItem(word: string): boolean {
  return /^(cluster|target|developer|host)\/.|^local$|^overlay\/router-policies$/s.test(word)
}

type Item = { readonly origin: string; readonly part: Part; readonly mark?: { readonly onlyIfMissing: true } }

// Whatever a person can ask for next is one more file and one more line here.
function itemsOf(spec: Spec): Item[] {
  const scrapers = new Map(scrapersOf(spec).map(scraper => [scraper.name, scraper]))
  const attributesOf = scraperAttributesOf(spec)
  const attributes = (name: string) => attributesOf(scrapers.get(name) ?? { jobs: [] })
  const developers = developerAttributesOf(spec)
  return [
    ...spec.clusters.map(cluster => ({
      origin: `cluster/${cluster.name}`,
      part: expandCluster(cluster, attributes(cluster.name)),
    })),
    ...spec.targets.map(target => ({ origin: `target/${target.name}`, part: expandTarget(target) })),
    ...(spec.local === undefined ? [] : [{ origin: 'local', part: expandLocal(spec.local, attributes(localName)) }]),
    ...spec.developers.map(dev => ({ origin: `developer/${dev.name}`, part: expandDeveloper(dev, developers) })),
    { origin: 'overlay/router-policies', part: expandRouterPolicies(spec) },
  ]
}

// A hosting identity can be one of the spec's own, one that several targets share, or somebody else's: then it stays as it is.
function withHosts({ targets }: Spec, items: readonly Item[]): Item[] {
  const identities = items.flatMap(({ part }) => part.entities.filter(({ kind }) => kind === 'identity'))
  const own = new Set(identities.map(({ name }) => name))
  const hosts = [...new Set(targets.map(({ hostedBy }) => hostedBy))].filter(name => !own.has(name))
  const mark = { onlyIfMissing: true } as const
  return [...items, ...hosts.map(name => ({ origin: `host/${name}`, part: expandHost(name), mark }))]
}
