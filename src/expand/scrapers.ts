import type { ScrapeJob, Scraper, ScrapeTarget } from '../model/scrape.js'
import type { Cluster, Local, Scrape, Spec } from '../spec/schema.js'
import { localName, prometheusNames } from './names.js'
import { prometheusTarget, scrapeTargetsOf, workloadTargets } from './scrape-targets.js'

/** The Prometheus servers of a spec with what each scrapes; clusters in their order, the local one last. */
export function scrapersOf(spec: Pick<Spec, 'clusters' | 'targets' | 'local'>): Scraper[] {
  const targets = new Map(scrapeTargetsOf(spec).map(target => [target.name, target]))
  const jobs = (scrapes: readonly Scrape[], nameJob: NameJob) =>
    scrapes.flatMap(scrape => {
      const target = targets.get(scrape.target)
      // A scrape of what is not there never gets here: the spec is refused before.
      return target === undefined ? [] : [makeJob(scrape, target, nameJob)]
    })
  const { identity } = prometheusNames(localName)
  return [
    ...spec.clusters.map(cluster => ({
      name: cluster.name,
      identity: prometheusNames(cluster.name).identity,
      jobs: jobs(scrapesOf(cluster), clusterJobNames(spec.clusters)),
    })),
    ...(spec.local === undefined
      ? []
      : [
          {
            name: localName,
            identity,
            jobs: jobs(localScrapes(spec.local, spec.clusters), localJobNames(spec.clusters)),
          },
        ]),
  ]
}

/** What a cluster's Prometheus scrapes: what the spec lists, or else its own workloads. */
export function scrapesOf(cluster: Pick<Cluster, 'name' | 'workloads' | 'scrape'>): readonly Scrape[] {
  return cluster.scrape ?? workloadTargets(cluster).map(({ name }) => ({ target: name, federate: false }))
}

/** What the local Prometheus scrapes: what the spec lists, or else every Prometheus and workload of the clusters. */
export function localScrapes({ scrape }: Pick<Local, 'scrape'>, clusters: readonly Cluster[]): readonly Scrape[] {
  if (scrape !== undefined) return scrape
  const all = clusters.flatMap(cluster => [prometheusTarget(cluster), ...workloadTargets(cluster)])
  return all.map(({ name }) => ({ target: name, federate: false }))
}

/** The name that a scrape's job has on a cluster's Prometheus (`where: cluster`) or the local one. */
export function jobNameOf(scrape: Scrape, where: 'cluster' | 'local', clusters: readonly Cluster[]): string {
  const names = where === 'local' ? localJobNames(clusters) : clusterJobNames(clusters)
  return scrape.job ?? (scrape.federate ? federateJob(scrape.target) : names(scrape.target))
}

/** How often a scrape is done, as Prometheus writes it. */
export function intervalOf({ interval, federate }: Pick<Scrape, 'interval' | 'federate'>): string {
  return interval ?? (federate ? '10s' : '5s')
}

type NameJob = (target: string) => string

function makeJob(scrape: Scrape, target: ScrapeTarget, nameJob: NameJob): ScrapeJob {
  const { federate, job } = scrape
  const name = job ?? (federate ? federateJob(target.name) : nameJob(target.name))
  return { name, interval: intervalOf(scrape), federate, target }
}

function federateJob(target: string): string {
  return `federate-from-${target.replace(/\.prometheus$/, '')}`
}

// The article names the job of a workload after its release: kubeA.reflectz.
function clusterJobNames(clusters: readonly Cluster[]): NameJob {
  return target => {
    const cluster = clusters.find(({ name, workloads }) => workloads.some(one => `${name}.${one.name}` === target))
    return cluster !== undefined && target === `${cluster.name}.reflect`
      ? `${cluster.name}.${cluster.releases.reflect}`
      : target
  }
}

// The article's local names end in the letter of the cluster, and tell the workload of an open cluster by its own name
// (reflect-a) but that of a dark one by its release (reflectz-b). Kept, for dashboards made with the article know them.
function localJobNames(clusters: readonly Cluster[]): NameJob {
  const short = shortNames(clusters.map(({ name }) => name))
  return target => {
    for (const { name, prometheus, workloads, releases } of clusters) {
      const suffix = short.get(name) ?? name
      if (target === `${name}.prometheus`) return `zitified-prometheus-${suffix}`
      const workload = workloads.find(one => `${name}.${one.name}` === target)
      if (workload === undefined) continue
      return `${workload.name === 'reflect' && prometheus === 'dark' ? releases.reflect : workload.name}-${suffix}`
    }
    return target
  }
}

// kubeA is "a" here, unless that would make two clusters one.
function shortNames(names: readonly string[]): Map<string, string> {
  const shortened = names.map(name => name.toLowerCase().replace(/^kube(?=.)/, ''))
  return new Map(
    names.map((name, index) => {
      const short = shortened[index] ?? name
      return [name, shortened.filter(one => one === short).length === 1 ? short : name]
    }),
  )
}
