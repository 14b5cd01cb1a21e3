import type { ScrapeJob, Scraper, ScrapeTarget } from '../model/scrape.js'
import type { EnrollmentWish, Topology } from '../model/topology.js'

/** Who reads what, as a spec has it. */
export type ReaderInputs = {
  readonly topology: Topology
  /** Every Prometheus with what it scrapes. */
  readonly scrapers: readonly Scraper[]
  /** Everything that can be scraped: what developers may reach. */
  readonly targets: readonly ScrapeTarget[]
}

/** One identity with all that it is to read. */
export type Reader = { readonly name: string; readonly wish: EnrollmentWish; readonly readings: readonly Reading[] }

/** A target, and where its metrics are. */
export type Reading = { readonly target: ScrapeTarget; readonly path: string }

/** Who is to read what in a spec: every Prometheus what it scrapes, every developer everything. Pure. */
export function readersOf({ topology, scrapers, targets }: ReaderInputs): Reader[] {
  const everything = targets.map(target => ({ target, path: target.metricsPath ?? '/metrics' }))
  return topology.enrollments.flatMap(wish => {
    const scraper = scrapers.find(({ identity }) => identity === wish.identity)
    if (scraper !== undefined) return [{ name: wish.identity, wish, readings: readingsOf(scraper.jobs) }]
    return wish.origin.startsWith('developer/') ? [{ name: wish.identity, wish, readings: everything }] : []
  })
}

// One for each target, whatever the number of its jobs: its own metrics, unless it is only federated from.
function readingsOf(jobs: readonly ScrapeJob[]): Reading[] {
  const sorted = jobs.toSorted((one, other) => Number(one.federate) - Number(other.federate))
  return [...new Set(jobs.map(({ target }) => target.name))].flatMap(name => {
    const job = sorted.find(({ target }) => target.name === name)
    if (job === undefined) return []
    const all = `/federate?match[]=${encodeURIComponent('{__name__=~".+"}')}`
    return [{ target: job.target, path: job.federate ? all : (job.target.metricsPath ?? '/metrics') }]
  })
}
