import type { CheckResult } from '../model/check.js'
import type { ScrapeJob, Scraper } from '../model/scrape.js'
import type { ScrapedTarget } from './prometheus-answer.js'

/** Whether a Prometheus scrapes what the spec says: a check for each job, and one for what else it scrapes over the overlay. */
export function checkScraper(scraper: Scraper, targets: readonly ScrapedTarget[]): CheckResult[] {
  return [...scraper.jobs.map(job => checkJob(scraper, job, targets)), ...checkExtra(scraper, targets)]
}

function checkJob({ name }: Scraper, job: ScrapeJob, targets: readonly ScrapedTarget[]): CheckResult {
  const id = `prometheus/${name}/${job.name}`
  const title = `${name} scrapes ${job.target.name} as ${job.name}`
  const [target, ...more] = targets.filter(one => one.job === job.name)
  if (target === undefined) {
    const hint = name === 'local' ? 'bring it in with: zprom local up' : `bring it in with: zprom install ${name}`
    return { id, title, result: 'fail', detail: 'it does not know the job', hint }
  }
  if (more.length > 0) {
    const detail = `the job has ${more.length + 1} targets, and one is wanted`
    return { id, title, result: 'fail', detail, hint: 'its configuration is not the one that zprom renders' }
  }
  const wanted = instanceOf(job)
  if (target.instance !== wanted) {
    const detail = `its target is ${target.instance}, and ${wanted} is wanted`
    return { id, title, result: 'fail', detail, hint: 'its configuration is not the one that zprom renders' }
  }
  if (target.health === 'up') return { id, title, result: 'pass', detail: `up, last scraped ${target.lastScrape}` }
  const detail = target.health === 'down' ? `down: ${target.lastError}` : `${target.health}: not scraped yet`
  return { id, title, result: 'fail', detail, hint: 'see who hosts it with: zprom verify' }
}

// Jobs of the chart and of a person have nothing to do with the overlay; those of an earlier spec look like ours.
function checkExtra({ name, jobs }: Scraper, targets: readonly ScrapedTarget[]): CheckResult[] {
  const known = new Set(jobs.map(job => job.name))
  const services = new Set(jobs.map(({ target }) => target.service))
  const extra = targets.filter(({ job, instance }) => !known.has(job) && services.has(instance.split('-')[0] ?? ''))
  return extra.map(({ job, instance }) => ({
    id: `prometheus/${name}/${job}`,
    title: `${name} scrapes nothing twice`,
    result: 'warn',
    detail: `the job ${job} scrapes ${instance} as well, and is not in the spec`,
    hint: 'remove the job, or add it with: zprom add-target',
  }))
}

/** The instance label that a job's series have: the target with the port that both kinds of Prometheus give it. */
export function instanceOf({ target }: ScrapeJob): string {
  return `${target.service}-${target.identity}:${target.tls === undefined ? 80 : 443}`
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
