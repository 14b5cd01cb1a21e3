// The article's names, verbatim: ".scrape" stands inside the name of a service, but at the end of its config and Dial policy.

/** Everything that carries the name of one workload of one cluster. */
export function workloadNames(cluster: string, workload: string) {
  const base = `${cluster}.${workload}`
  return {
    identity: `${base}.id`,
    service: `${base}.svc`,
    host: `${base}.svc.ziti`,
    intercept: `${base}.svc-intercept.v1`,
    dial: `${base}.svc.dial`,
    bind: `${base}.svc.bind`,
    serviceAttribute: `${base}.svc.services`,
    scrapeService: `${base}.scrape.svc`,
    scrapeHost: `${base}.scrape.svc.ziti`,
    scrapeIntercept: `${base}.svc-intercept.v1.scrape`,
    scrapeDial: `${base}.svc.dial.scrape`,
    scrapeBind: `${base}.scrape.svc.bind`,
  } as const
}

/** Everything that carries the name of one cluster's Prometheus. Its intercept host has no `.ziti`, unlike a workload's. */
export function prometheusNames(cluster: string) {
  const base = `${cluster}.prometheus`
  return {
    identity: `${base}.id`,
    service: `${base}.svc`,
    host: `${base}.svc`,
    intercept: `${base}.svc-intercept.v1`,
    hostConfig: `${base}.svc-host.v1`,
    dial: `${base}.svc.dial`,
    bind: `${base}.svc.bind`,
  } as const
}

/** The identity of a cluster's ziti-host, and the role attribute that it carries. */
export function zitiHostNames(cluster: string) {
  return { identity: `${cluster}.ziti.id`, attribute: `${cluster}.services` } as const
}

/** Tells which names are rather of another cluster, whose name goes on from this one's: `a.b.reflect` is the workload of `a.b`. */
export function ofNearer(cluster: string, clusters: readonly string[]): (name: string) => boolean {
  const nearer = clusters.filter(one => one.startsWith(`${cluster}.`))
  return name => nearer.some(one => name.startsWith(`${one}.`))
}

/** Everything that carries the name of a target that the overlay does not know by itself. */
export function targetNames(target: string) {
  const base = `${target}.svc`
  return {
    service: base,
    host: `${base}.ziti`,
    intercept: `${base}-intercept.v1`,
    hostConfig: `${base}-host.v1`,
    dial: `${base}.dial`,
    bind: `${base}.bind`,
  } as const
}

/** The name of the Prometheus on one's own machine, among the clusters. */
export const localName = 'local'

/** The role attribute that may dial a Prometheus. */
export const prometheusClients = 'prometheus-clients'

/** The role attribute that may dial the article's workload. */
export const reflectClients = 'reflectz-clients'

/** The role attribute that may dial a workload when the spec names none. */
export function defaultClients(workload: string): string {
  return workload === 'reflect' ? reflectClients : `${workload}-clients`
}
