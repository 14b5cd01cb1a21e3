import type { ScrapedBy, TargetUse } from '../model/scrape.js'
import type { Spec } from '../spec/schema.js'
import { scrapeTargetsOf } from './scrape-targets.js'
import { scrapersOf } from './scrapers.js'

/** Everything that can be scraped in this spec, with who scrapes it; in the order of the spec. Pure. */
export function targetUsesOf(spec: Pick<Spec, 'clusters' | 'targets' | 'local'>): TargetUse[] {
  const uses = new Map<string, ScrapedBy[]>()
  for (const { name: reader, jobs } of scrapersOf(spec))
    for (const { target, name: job, interval, federate } of jobs) {
      const use = { reader, job, interval, federate }
      const list = uses.get(target.name)
      if (list === undefined) uses.set(target.name, [use])
      else list.push(use)
    }
  const externals = new Map(spec.targets.map(({ name, address, hostedBy }) => [name, { address, hostedBy }]))
  return scrapeTargetsOf(spec).map(({ name, service, identity }) => {
    const external = externals.get(name)
    const scrapedBy = uses.get(name) ?? []
    return { name, service, identity, ...(external !== undefined && { external }), scrapedBy }
  })
}
