import type { CheckResult } from '../model/check.js'
import type { ScrapeJob, Scraper, ScrapeTarget } from '../model/scrape.js'
import type { ScrapedTarget } from './prometheus-answer.js'

/**
 * Whether a Prometheus scrapes what the spec says: a check for each job, and one for what else it scrapes over the overlay.
 * `known`: all that can be scraped there, by whomever.
 */
export function checkScraper(
  scraper: Scraper,
  targets: readonly ScrapedTarget[],
  known: readonly ScrapeTarget[],
): CheckResult[] {
  return [...scraper.jobs.map(job => checkJob(scraper, job, targets)), ...checkExtra(scraper, targets, known)]
}

const notRendered = 'its configuration is not the one that zprom renders'

function checkJob({ name }: Scraper, job: ScrapeJob, targets: readonly ScrapedTarget[]): CheckResult {
  const check = { id: `prometheus/${name}/${job.name}`, title: `${name} scrapes ${job.target.name} as ${job.name}` }
  const fail = (detail: string, hint = notRendered): CheckResult => ({ ...check, result: 'fail', detail, hint })
  const [target, ...more] = targets.filter(one => isOf(one, job))
  if (target === undefined)
    return fail(
      'it does not know the job',
      name === 'local' ? 'bring it in with: zprom local up' : `bring it in with: zprom install ${name}`,
    )
  if (more.length > 0) return fail(`the job has ${more.length + 1} targets, and one is wanted`)
  const wanted = instanceOf(job.target)
  if (target.labels.instance !== wanted) return fail(`its target is ${target.labels.instance}, and ${wanted} is wanted`)
  const wrong = wrongLabels(target, job)
  if (wrong.length > 0) return fail(`its series have wrong labels: ${wrong.join(', ')}`)
  if (target.health === 'up') return { ...check, result: 'pass', detail: `up, last scraped ${target.lastScrape}` }
  return fail(
    target.health === 'down' ? `down: ${target.lastError}` : `${target.health}: not scraped yet`,
    'see who hosts it with: zprom verify',
  )
}

// A job of its own has the name in the configuration; one among the targets that a bridge lists has it as a label.
function isOf({ pool, labels }: ScrapedTarget, { name }: Pick<ScrapeJob, 'name'>): boolean {
  return pool === name || labels.job === name
}

// What dashboards and alerts go by. A bridge gives more labels than a job that is written down has.
function wrongLabels({ labels }: ScrapedTarget, { name, target }: ScrapeJob): string[] {
  const { job, service, cluster, workload } = labels
  const place = [cluster, workload].filter(one => one !== undefined).join('.')
  const isThere = workload === undefined ? target.name.startsWith(`${place}.`) : target.name === place
  return [
    ...(job === name ? [] : [`job="${job}" instead of "${name}"`]),
    ...(service === undefined || service === target.service
      ? []
      : [`service="${service}" instead of "${target.service}"`]),
    ...(cluster === undefined || isThere ? [] : [`cluster and workload of ${place} instead of ${target.name}`]),
  ]
}

// Jobs of the chart and of a person have nothing to do with the overlay; what the spec has elsewhere, or had, does.
function checkExtra(
  { name, jobs }: Scraper,
  targets: readonly ScrapedTarget[],
  known: readonly ScrapeTarget[],
): CheckResult[] {
  const instances = new Set(known.map(instanceOf))
  const extra = targets.filter(one => instances.has(one.labels.instance ?? '') && !jobs.some(job => isOf(one, job)))
  return extra.map(({ pool, labels }) => ({
    id: `prometheus/${name}/${pool}`,
    title: `${name} scrapes nothing but what the spec says`,
    result: 'warn',
    detail: `the job ${pool} scrapes ${labels.instance} as well, and is not in the spec`,
    hint: 'remove the job, or add it with: zprom add-target',
  }))
}

/** The instance label that a target's series have: its text with the port that both kinds of Prometheus give it. */
export function instanceOf({ service, identity, tls }: ScrapeTarget): string {
  return `${service}-${identity}:${tls === undefined ? 80 : 443}`
}

/** Whether an expression has a series: comparisons of PromQL keep those that hold. */
export function checkExpectation(
  name: string,
  query: string,
  answer: { readonly series: number; readonly value: string | undefined } | undefined,
  fault: string | undefined,
): CheckResult {
  const id = `expect/${name}/${query}`
  const title = `${query} holds on ${name}`
  if (answer === undefined) {
    const detail = fault ?? 'the answer is none of a Prometheus'
    return { id, title, result: 'fail', detail, hint: 'try the expression in its own interface' }
  }
  if (answer.series === 0) {
    return {
      id,
      title,
      result: 'fail',
      detail: 'no series',
      hint: 'a scrape may not have come yet, or its values do not compare so',
    }
  }
  return {
    id,
    title,
    result: 'pass',
    detail: `${answer.series} series, the first is ${answer.value ?? 'without value'}`,
  }
}
