import { EdgeError, type Overlay, type Place } from '../edge/index.js'
import { UsageError, ZpromError } from '../errors.js'
import type { CheckResult } from '../model/check.js'
import type { Deployments } from '../model/deployment.js'
import { isUnusable } from '../model/held.js'
import type { Scraper, ScrapeTarget } from '../model/scrape.js'
import type { Topology } from '../model/topology.js'
import { checkExpectation, checkScraper, readFault, readQuery, readTargets } from '../verify/index.js'
import { type Folder, readIdentityFile } from './held.js'
import { type OpenOptions, openOverlayAs } from './overlay.js'
import { type Answer, getOverOverlay } from './overlay-http.js'
import type { Deps } from './ports.js'

/** The Prometheus servers of a spec, and where the identity files are. */
export type PrometheusInputs = Folder & {
  readonly topology: Topology
  readonly deployments: Deployments
  /** All that can be scraped. */
  readonly targets: readonly ScrapeTarget[]
}

/** Which Prometheus servers are asked, by whom, and for what; times in milliseconds. */
export type PrometheusOptions = {
  /** Names of clusters, or `local`; `all`. */
  readonly names: readonly string[]
  /** PromQL; each must have a series on each Prometheus that is asked. */
  readonly expect: readonly string[]
  /** Who asks; chosen among the identity files here unless given. */
  readonly as: string | undefined
  readonly timeoutMs: number
  /** Which kind of session identities ask for. */
  readonly wanted?: OpenOptions['wanted']
}

type Asked = { readonly scraper: Scraper; readonly place: Place | undefined }

/** Asks each Prometheus over the overlay what it scrapes, and holds it against the spec. Throws UsageError. */
export async function verifyPrometheus(
  inputs: PrometheusInputs,
  options: PrometheusOptions,
  deps: Pick<Deps, 'files' | 'now'>,
): Promise<CheckResult[]> {
  const asked = chooseAsked(inputs.deployments, options.names)
  const { overlay, name } = await openAsker(inputs, options, deps)
  try {
    const results = await Promise.all(
      asked.map(one => askOne(one, overlay, name, { ...options, targets: inputs.targets })),
    )
    return results.flat()
  } finally {
    await overlay.close()
  }
}

function chooseAsked({ clusters, local }: Deployments, names: readonly string[]): Asked[] {
  const all: Asked[] = [
    ...clusters.map(({ scraper, dark, prometheus }) => ({
      scraper,
      place: { service: prometheus.service, ...(dark && { identity: prometheus.identity }) },
    })),
    ...(local === undefined
      ? []
      : [
          {
            scraper: local.scraper,
            place: local.dark ? { service: local.prometheus.service, identity: local.prometheus.identity } : undefined,
          },
        ]),
  ]
  if (names.includes('all')) return all
  const stranger = names.find(name => !all.some(({ scraper }) => scraper.name === name))
  if (stranger === undefined) return all.filter(({ scraper }) => names.includes(scraper.name))
  const known = all.map(({ scraper }) => scraper.name).join(', ')
  throw new UsageError(
    `--prometheus ${stranger}: the spec has no such Prometheus`,
    `it has: ${known || 'none'}, or all`,
  )
}

// Developers first: asking is what they are there for. Anybody who may dial a Prometheus will do.
async function openAsker(
  inputs: PrometheusInputs,
  { as, timeoutMs, wanted }: PrometheusOptions,
  deps: Pick<Deps, 'files' | 'now'>,
): Promise<{ overlay: Overlay; name: string }> {
  const { clusters, local } = inputs.deployments
  const servers = local === undefined ? clusters : [...clusters, local]
  const scrapers = new Set(servers.map(({ prometheus }) => prometheus.identity))
  const wishes = inputs.topology.enrollments.filter(({ by, identity, origin }) =>
    as === undefined ? by === 'file' && (origin.startsWith('developer/') || scrapers.has(identity)) : identity === as,
  )
  const sorted = wishes.toSorted(
    (one, other) => Number(scrapers.has(one.identity)) - Number(scrapers.has(other.identity)),
  )
  for (const { identity, path } of sorted) {
    const file = await readIdentityFile(path, inputs, deps)
    if (file !== undefined && !isUnusable(file))
      return { overlay: openOverlayAs(identity, file, { timeoutMs, now: deps.now, wanted }), name: identity }
  }
  const what =
    as === undefined
      ? 'no identity that may dial a Prometheus has its file here'
      : `the identity file of ${as} is not here`
  throw new UsageError(what, 'enroll one with: zprom dev-identity NAME --enroll')
}

async function askOne(
  { scraper, place }: Asked,
  overlay: Overlay,
  as: string,
  options: PrometheusOptions & Pick<PrometheusInputs, 'targets'>,
): Promise<CheckResult[]> {
  const id = `prometheus/${scraper.name}`
  const title = `the Prometheus of ${scraper.name} answers over the overlay`
  if (place === undefined) {
    return [
      { id, title, result: 'skip', detail: 'it is not dark, so it is not on the overlay', hint: 'look at its port' },
    ]
  }
  const get = (path: string) => getOverOverlay(overlay, place, { path, timeoutMs: options.timeoutMs })
  try {
    const targets = understood(await get('/api/v1/targets?state=active'), readTargets)
    const expectations = await Promise.all(
      options.expect.map(async query => {
        const answer = await get(`/api/v1/query?query=${encodeURIComponent(query)}`)
        return checkExpectation(scraper.name, query, readQuery(answer.body), readFault(answer.body))
      }),
    )
    const found: CheckResult = { id, title, result: 'pass', detail: `${targets.length} targets, asked as ${as}` }
    return [found, ...checkScraper(scraper, targets, options.targets), ...expectations]
  } catch (error) {
    if (!(error instanceof ZpromError)) throw error
    const hint = error.hint ?? 'see who hosts it with: zprom verify'
    return [{ id, title, result: 'fail', detail: error.message, hint }]
  }
}

function understood<T>({ status, body }: Answer, read: (body: string) => T | undefined): T {
  const value = status === 200 ? read(body) : undefined
  if (value !== undefined) return value
  const said = readFault(body)
  throw new EdgeError(
    `what answers there is no Prometheus (HTTP ${status})${said === undefined ? '' : `: ${said}`}`,
    'host',
    'its service may lead somewhere else: see its host.v1 config',
  )
}
