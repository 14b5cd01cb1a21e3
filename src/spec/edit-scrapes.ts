import { UsageError } from '../errors.js'
import { localName } from '../expand/names.js'
import { createJobNamer, intervalOf, localScrapes, scrapesOf } from '../expand/scrapers.js'
import { alreadyThere, type Edited, edit, removeItems } from './editing.js'
import { scrapeItem } from './items.js'
import { parseWithSource } from './parse.js'
import type { Scrape, ScrapeInput, Spec } from './schema.js'
import { lineOf, type Path, type Source } from './source.js'
import type { Change } from './splice.js'
import { suggestWord } from './suggest.js'
import { quoted } from './text-rule.js'

/** A scrape to add: by whom (the name of a cluster, or `local`), of what, and how. */
export type NewScrape = { readonly reader: string; readonly scrape: ScrapeInput }

/** A scrape to take out, in whatever way it is done. */
export type OldScrape = { readonly reader: string; readonly target: string }

/**
 * Has a Prometheus scrape something. A Prometheus without a list of its own gets the list that it had by default, and the
 * new item. Throws SpecError when the text is no valid spec; UsageError when there is no such Prometheus or nothing of that
 * name to scrape, when it is scraped with other settings, or when its job would have the name of another.
 */
export function addScrape(text: string, { reader, scrape }: NewScrape, file: string): Edited {
  const { spec, source } = parseWithSource(text, file)
  const list = listOf(spec, source, reader)
  const asked = typeof scrape === 'string' ? { target: scrape } : scrape
  const there = list.items.filter(
    ({ target, federate }) => target === asked.target && federate === (asked.federate ?? false),
  )
  const [first] = there
  if (first === undefined) {
    refuseTakenJob(spec, source, list, asked)
    return edit(source, addition(list, scrape), `the scrape of ${asked.target} by ${reader}`)
  }
  const different = there.map(one => differences(one, asked, list, spec))
  if (different.some(one => one.length === 0)) return { text, changed: false }
  const place = `${file}:${lineOf(source, [...list.path, list.items.indexOf(first)])}`
  throw alreadyThere(`the scrape of ${asked.target} by ${reader}`, place, (different[0] ?? []).join(' and '))
}

/**
 * Has a Prometheus no longer scrape something, in any way; one without a list of its own gets the list that is left of its
 * default. Throws as `addScrape` does.
 */
export function removeScrape(text: string, { reader, target }: OldScrape, file: string): Edited {
  const { spec, source } = parseWithSource(text, file)
  const list = listOf(spec, source, reader)
  const indexes = list.items.flatMap((item, index) => (item.target === target ? [index] : []))
  if (indexes.length === 0) return { text, changed: false }
  const title = `the scrape of ${target} by ${reader}`
  if (list.isWritten) return removeItems(source, list.path, indexes, title)
  const left = list.items.filter(item => item.target !== target).map(scrapeItem)
  return edit(source, { path: list.path, value: left }, `a list without ${target} for ${reader}`)
}

type List = {
  readonly path: Path
  readonly where: 'cluster' | 'local'
  readonly items: readonly Scrape[]
  /** Whether the spec says it, or it is the default. */
  readonly isWritten: boolean
}

// A default that is written down for the first time is written whole.
function addition({ path, items, isWritten }: List, scrape: ScrapeInput): Change {
  const item = scrapeItem(scrape)
  return isWritten ? { path: [...path, items.length], value: item } : { path, value: [...items.map(scrapeItem), item] }
}

function listOf(spec: Spec, source: Source, reader: string): List {
  if (reader === localName && spec.local !== undefined) {
    const isWritten = spec.local.scrape !== undefined
    return { path: ['local', 'scrape'], where: 'local', items: localScrapes(spec.local, spec.clusters), isWritten }
  }
  const index = spec.clusters.findIndex(({ name }) => name === reader)
  const cluster = spec.clusters[index]
  if (cluster !== undefined) {
    const isWritten = cluster.scrape !== undefined
    return { path: ['clusters', index, 'scrape'], where: 'cluster', items: scrapesOf(cluster), isWritten }
  }
  if (reader === localName)
    throw new UsageError(`${source.file} has no local Prometheus`, 'add it with: zprom init local')
  const known = [...spec.clusters.map(({ name }) => name), ...(spec.local === undefined ? [] : [localName])]
  throw new UsageError(
    `${source.file} has no cluster ${quoted(reader)}`,
    known.length === 0 ? 'add one with: zprom init cluster NAME' : suggestWord(reader, known),
  )
}

type Asked = Exclude<ScrapeInput, string>

// Only what is asked for counts.
function differences(there: Scrape, { job, interval }: Asked, { where }: List, { clusters }: Spec): string[] {
  const name = createJobNamer(where, clusters)(there)
  const every = intervalOf(there)
  return [
    ...(job === undefined || job === name ? [] : [`as job ${name}`]),
    ...(interval === undefined || interval === every ? [] : [`every ${every}`]),
  ]
}

function refuseTakenJob(spec: Spec, source: Source, list: List, { target, federate = false, job }: Asked): void {
  const nameJob = createJobNamer(list.where, spec.clusters)
  const name = job ?? nameJob({ target, federate })
  const index = list.items.findIndex(item => nameJob(item) === name)
  const taken = list.items[index]
  if (taken === undefined) return
  const place = `${source.file}:${lineOf(source, [...list.path, index])}`
  throw new UsageError(
    `a job named ${quoted(name)} is there already, at ${place}: it scrapes ${taken.target}`,
    'give the new one another name with --job',
  )
}
