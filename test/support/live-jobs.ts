// Scrape jobs for cases about running configurations.
import type { ScrapeJob } from '../../src/model/scrape.js'
import { clusterIdentityFile, prometheuzJob } from '../../src/render/jobs.js'

/** A job as a spec has it, of a zitified workload. */
export function scrapeJob(name: string, service: string): ScrapeJob {
  return {
    name,
    interval: '5s',
    federate: false,
    target: { name, service, identity: `${service}.id`, zitified: true },
  }
}

/** The same as a Prometheus in a cluster has it. */
export function jobOf(name: string, service: string, identityFile: string = clusterIdentityFile) {
  return prometheuzJob(scrapeJob(name, service), identityFile)
}
