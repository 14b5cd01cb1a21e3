import { field } from '../kinds/index.js'
import { parseJson } from '../model/json.js'

// What a Prometheus says of itself (its HTTP API, "Targets" and "Instant queries"), as far as zprom reads it.

/** One target that a Prometheus scrapes. */
export type ScrapedTarget = {
  /** The job as it is configured; one that discovers its targets can have many, with labels of their own. */
  readonly pool: string
  readonly labels: Readonly<Record<string, string>>
  readonly health: string
  readonly lastError: string
  /** ISO 8601. */
  readonly lastScrape: string
}

/** The active targets of an answer to /api/v1/targets; undefined for an answer of another form. */
export function readTargets(body: string): ScrapedTarget[] | undefined {
  const targets = field(dataOf(body), 'activeTargets')
  if (!Array.isArray(targets)) return undefined
  return targets.map(target => ({
    pool: text(target, 'scrapePool'),
    labels: labelsIn(field(target, 'labels')),
    health: text(target, 'health'),
    lastError: text(target, 'lastError'),
    lastScrape: text(target, 'lastScrape'),
  }))
}

/** How many series an answer to /api/v1/query has, and the value of the first; undefined for an answer of another form. */
export function readQuery(body: string): { readonly series: number; readonly value: string | undefined } | undefined {
  const data = dataOf(body)
  const result = field(data, 'result')
  if (!Array.isArray(result)) return undefined
  if (text(data, 'resultType') === 'scalar') return { series: 1, value: String(result[1]) }
  const value = field(result[0], 'value')
  return { series: result.length, value: Array.isArray(value) ? String(value[1]) : undefined }
}

/** What a Prometheus says is wrong with a request; undefined when it says nothing. */
export function readFault(body: string): string | undefined {
  const said = text(parseJson(body), 'error')
  return said === '' ? undefined : said
}

function dataOf(body: string): unknown {
  const answer = parseJson(body)
  return text(answer, 'status') === 'success' ? field(answer, 'data') : undefined
}

function labelsIn(value: unknown): Record<string, string> {
  const members = typeof value === 'object' && value !== null ? Object.entries(value) : []
  return Object.fromEntries(members.flatMap(([name, label]) => (typeof label === 'string' ? [[name, label]] : [])))
}

function text(data: unknown, key: string): string {
  const value = field(data, key)
  return typeof value === 'string' ? value : ''
}
