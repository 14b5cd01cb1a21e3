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
      // A scrape of what is not there is left out: a spec is expanded to judge it, too, and refused for that.
      return target === undefined ? [] : [makeJob(scrape, target, nameJob)]
    })
  const { identity } = prometheusNames(localName)
  const nameInCluster = clusterJobNames(spec.clusters)
  return [
    ...spec.clusters.map(cluster => ({
      name: cluster.name,
      identity: prometheusNames(cluster.name).identity,
      jobs: jobs(scrapesOf(cluster), nameInCluster),
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

/** Names scrapes' jobs as they are called on a cluster's Prometheus (`where: cluster`) or the local one. */
export function createJobNamer(where: 'cluster' | 'local', clusters: readonly Cluster[]): (scrape: Scrape) => string {
  const names = where === 'local' ? localJobNames(clusters) : clusterJobNames(clusters)
  return ({ job, federate, target }) => job ?? (federate ? federateJob(target) : names(target))
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
  const names = firstOfEach(
    clusters.flatMap(({ name, workloads, releases }) =>
      workloads.map(one => [`${name}.${one.name}`, `${name}.${one.name === 'reflect' ? releases.reflect : one.name}`]),
    ),
  )
  return target => names.get(target) ?? target
}

// The article's local names end in the letter of the cluster, and tell the workload of an open cluster by its own name
// (reflect-a) but that of a dark one by its release (reflectz-b). Kept, for dashboards made with the article know them.
function localJobNames(clusters: readonly Cluster[]): NameJob {
  const short = shortNames(clusters.map(({ name }) => name))
  const names = firstOfEach(
    clusters.flatMap(({ name, prometheus, workloads, releases }) => {
      const suffix = short.get(name) ?? name
      const wordOf = (workload: string) =>
        workload === 'reflect' && prometheus === 'dark' ? releases.reflect : workload
      return [
        [`${name}.prometheus`, `zitified-prometheus-${suffix}`],
        ...workloads.map(one => [`${name}.${one.name}`, `${wordOf(one.name)}-${suffix}`]),
      ]
    }),
  )
  return target => names.get(target) ?? target
}

// `a.b` with a workload c and `a` with b.c are one name: it is the earlier one's.
function firstOfEach(pairs: readonly (readonly string[])[]): Map<string, string> {
  return new Map(pairs.toReversed().map(([target = '', job = '']) => [target, job]))
}

// kubeA is "a" here, unless that would make two clusters one.
function shortNames(names: readonly string[]): Map<string, string> {
  const shortened = names.map(name => name.toLowerCase().replace(/^kube(?=.)/, ''))
  const [once, twice] = [new Set<string>(), new Set<string>()]
  for (const short of shortened) (once.has(short) ? twice : once).add(short)
  return new Map(
    names.map((name, index) => {
      const short = shortened[index] ?? name
      return [name, twice.has(short) ? name : short]
    }),
  )
}
