import { sortedSet } from '../model/entity.js'
import type { Scraper } from '../model/scrape.js'
import type { Spec } from '../spec/schema.js'
import { prometheusClients, reflectClients } from './names.js'

type Clients = Pick<Spec, 'clusters' | 'targets'>

/**
 * What every Prometheus and developer of a spec may dial: any Prometheus, and every workload. Without clusters it is the
 * article's pair, so that a developer made first needs no change when the first cluster comes.
 */
export function dialAttributesOf({ clusters }: Clients): string[] {
  if (clusters.length === 0) return sortedSet([prometheusClients, reflectClients])
  const clients = clusters.flatMap(cluster => cluster.workloads.map(workload => workload.clients))
  return sortedSet([prometheusClients, ...clients])
}

/** What a developer may dial: the same, and every target. */
export function developerAttributesOf(spec: Clients): string[] {
  return sortedSet([...dialAttributesOf(spec), ...spec.targets.map(({ clients }) => clients)])
}

/** What each Prometheus may dial: the same, and the targets that it scrapes, for those can be anything. */
export function scraperAttributesOf(spec: Clients): (scraper: Pick<Scraper, 'jobs'>) => string[] {
  const common = dialAttributesOf(spec)
  const clientsOf = new Map(spec.targets.map(({ name, clients }) => [name, clients]))
  return ({ jobs }) => sortedSet([...common, ...jobs.flatMap(({ target }) => clientsOf.get(target.name) ?? [])])
}
