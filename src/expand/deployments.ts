import type { ClusterDeployment, Deployments, LocalDeployment, Release } from '../model/deployment.js'
import { defaultBridgeUrl, type ScrapeForm, type Scraper } from '../model/scrape.js'
import type { Cluster, Local, Spec } from '../spec/schema.js'
import { localName, prometheusNames, workloadNames, zitiHostNames } from './names.js'
import { prometheusServiceName } from './prometheus-tunneled.js'
import { scrapersOf } from './scrapers.js'

/** What a spec stands for in its clusters and on one's own machine. Pure. */
export function deploymentsOf(spec: Spec): Deployments {
  const scrapers = new Map(scrapersOf(spec).map(scraper => [scraper.name, scraper]))
  const scraperOf = (name: string): Scraper =>
    scrapers.get(name) ?? { name, identity: prometheusNames(name).identity, jobs: [] }
  const form: ScrapeForm =
    spec.scrapeForm === 'prometheuz' ? { kind: 'prometheuz' } : { kind: 'prometheus', bridgeUrl: defaultBridgeUrl }
  return {
    clusters: spec.clusters.map(cluster =>
      clusterDeployment(cluster, spec, { scraper: scraperOf(cluster.name), form }),
    ),
    local: spec.local === undefined ? undefined : localDeployment(spec.local, { scraper: scraperOf(localName), form }),
  }
}

type Scraping = { readonly scraper: Scraper; readonly form: ScrapeForm }

function clusterDeployment(cluster: Cluster, { stack, charts }: Spec, scraping: Scraping): ClusterDeployment {
  const { name, releases, namespace, context, companions } = cluster
  const { identity, service } = prometheusNames(name)
  return {
    name,
    stack,
    dark: cluster.prometheus === 'dark',
    namespace,
    context,
    repository: charts.repository,
    companions,
    prometheus: {
      identity,
      path: `${name}/${identity}.json`,
      release: { chart: 'prometheus', version: charts.prometheus, name: releases.prometheus },
      service,
      server: prometheusServiceName(releases.prometheus),
    },
    reflect: reflectOf(cluster, charts),
    zitiHost: zitiHostOf(cluster, charts),
    notInstalled: notInstalled(cluster, charts),
    ...scraping,
  }
}

function notInstalled(cluster: Cluster, charts: Spec['charts']): Release[] {
  const { releases } = cluster
  return [
    ...(zitiHostOf(cluster, charts) === undefined
      ? [{ chart: 'ziti-host', version: charts.zitiHost, name: releases.zitiHost }]
      : []),
    ...(reflectOf(cluster, charts) === undefined
      ? [{ chart: 'reflect', version: charts.reflect, name: releases.reflect }]
      : []),
  ]
}

function reflectOf({ name, workloads, releases }: Cluster, charts: Spec['charts']): ClusterDeployment['reflect'] {
  const workload = workloads.find(one => one.name === 'reflect')
  if (workload === undefined) return undefined
  const { identity, service, scrapeService } = workloadNames(name, workload.name)
  const release = { chart: 'reflect', version: charts.reflect, name: releases.reflect }
  return { identity, path: `${name}/${identity}.json`, release, service, scrapeService }
}

function zitiHostOf(cluster: Cluster, charts: Spec['charts']): ClusterDeployment['zitiHost'] {
  if (cluster.prometheus === 'dark') return undefined
  const { identity } = zitiHostNames(cluster.name)
  return {
    identity,
    path: `${cluster.name}/${identity}.jwt`,
    release: { chart: 'ziti-host', version: charts.zitiHost, name: cluster.releases.zitiHost },
    ...(cluster.zitiHostSecret !== undefined && { secret: cluster.zitiHostSecret }),
  }
}

function localDeployment({ dark, port }: Local, scraping: Scraping): LocalDeployment {
  const { identity, service } = prometheusNames(localName)
  return { dark, port, prometheus: { identity, path: `${localName}/${identity}.json`, service }, ...scraping }
}
