import type { TargetUse } from '../model/scrape.js'
import type { Spec } from '../spec/schema.js'
import { scrapeTargetsOf } from './scrape-targets.js'
import { scrapersOf } from './scrapers.js'

/** Everything that can be scraped in this spec, with who scrapes it; in the order of the spec. Pure. */
export function targetUsesOf(spec: Pick<Spec, 'clusters' | 'targets' | 'local'>): TargetUse[] {
  const scrapers = scrapersOf(spec)
  const externals = new Map(spec.targets.map(({ name, address, hostedBy }) => [name, { address, hostedBy }]))
  return scrapeTargetsOf(spec).map(({ name, service, identity }) => {
    const external = externals.get(name)
    const scrapedBy = scrapers.flatMap(scraper =>
      scraper.jobs
        .filter(({ target }) => target.name === name)
        .map(job => ({ reader: scraper.name, job: job.name, interval: job.interval, federate: job.federate })),
    )
    return { name, service, identity, ...(external !== undefined && { external }), scrapedBy }
  })
}
