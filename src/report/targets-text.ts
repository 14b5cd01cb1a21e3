import type { ScrapedBy, TargetUse } from '../model/scrape.js'
import { counted } from './counted.js'

/** Who scrapes what, as a table with a line per job; what nobody scrapes has a line too. The counts come last. */
export function formatTargets(uses: readonly TargetUse[]): string {
  if (uses.length === 0) return summarizeTargets(uses)
  const isExternal = uses.some(({ external }) => external !== undefined)
  const head = ['target', 'service', 'identity', 'scraped by', 'job', 'every', ...(isExternal ? ['address'] : [])]
  const rows = uses.flatMap(use => rowsOf(use).map(row => (isExternal ? row : row.slice(0, -1))))
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map(row => row[column]?.length ?? 0)))
  const lines = [head, ...rows].map(row => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
  return [...lines.map(line => line.trimEnd()), '', summarizeTargets(uses)].join('\n')
}

function rowsOf({ name, service, identity, external, scrapedBy }: TargetUse): string[][] {
  const place = external === undefined ? '' : `${external.address}, hosted by ${external.hostedBy}`
  const first = [name, service, identity === '' ? '-' : identity]
  if (scrapedBy.length === 0) return [[...first, 'nobody', '-', '-', place]]
  return scrapedBy.map((one, index) => [
    ...(index === 0 ? first : ['', '', '']),
    ...cellsOf(one),
    index === 0 ? place : '',
  ])
}

function cellsOf({ reader, job, interval, federate }: ScrapedBy): string[] {
  return [reader, federate ? `${job} (federates)` : job, interval]
}

function summarizeTargets(uses: readonly TargetUse[]): string {
  const jobs = uses.flatMap(({ scrapedBy }) => scrapedBy)
  const readers = new Set(jobs.map(({ reader }) => reader))
  const idle = uses.filter(({ scrapedBy }) => scrapedBy.length === 0).length
  const servers = counted(readers.size, 'Prometheus server')
  return `${counted(uses.length, 'target')}, ${counted(jobs.length, 'job')} on ${servers}, ${idle} scraped by nobody.`
}
