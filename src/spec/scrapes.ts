import type { SpecProblem } from '../errors.js'
import { scrapeTargetsOf } from '../expand/scrape-targets.js'
import { createJobNamer, localScrapes, scrapesOf } from '../expand/scrapers.js'
import { checkClusterName } from './names.js'
import { field } from './raw.js'
import type { Cluster, Scrape, Spec } from './schema.js'
import { type Path, problemAt, type Source } from './source.js'
import { suggestWord } from './suggest.js'
import { quoted } from './text-rule.js'

/** Scrapes of what is not there, and jobs of one name. Judged once everything else is valid: only then are names known. */
export function scrapeProblems(source: Source, data: unknown, spec: Spec): SpecProblem[] {
  // One workload that scrapes itself is there, and its job has nobody to share a name with.
  const isPlain = ({ scrape, workloads }: Cluster) => scrape === undefined && workloads.length < 2
  const ofClusters = spec.clusters.flatMap((cluster, index): List[] =>
    isPlain(cluster) ? [] : [{ path: ['clusters', index, 'scrape'], where: 'cluster', scrapes: scrapesOf(cluster) }],
  )
  const local = spec.local === undefined ? [] : [localScrapes(spec.local, spec.clusters)]
  const ofLocal = local.map((scrapes): List => ({ path: ['local', 'scrape'], where: 'local', scrapes }))
  const lists = [...ofClusters, ...ofLocal]
  if (lists.length === 0) return []
  const known = new Set(scrapeTargetsOf(spec).map(({ name }) => name))
  const namers = { cluster: createJobNamer('cluster', spec.clusters), local: createJobNamer('local', spec.clusters) }
  return lists.flatMap(list => listProblems({ source, data, known, nameJob: namers[list.where] }, list))
}

type List = {
  readonly path: Path
  readonly where: 'cluster' | 'local'
  readonly scrapes: readonly Scrape[]
}

type Context = {
  readonly source: Source
  readonly data: unknown
  readonly known: ReadonlySet<string>
  readonly nameJob: (scrape: Scrape) => string
}

function listProblems({ source, data, known, nameJob }: Context, { path, scrapes }: List): SpecProblem[] {
  const names = new Map<string, number>()
  return scrapes.flatMap((scrape, index) => {
    const at = [...path, index]
    const target = typeof valueAt(data, at) === 'string' ? at : [...at, 'target']
    const job = nameJob(scrape)
    const earlier = names.get(job)
    if (earlier === undefined) names.set(job, index)
    if (!known.has(scrape.target)) return [problemAt(source, target, explainUnknown(scrape.target, [...known]))]
    if (scrape.federate && !scrape.target.endsWith('.prometheus')) {
      const message = `${quoted(scrape.target)} is no Prometheus, and only a Prometheus can be federated`
      return [problemAt(source, target, { message, suggestion: 'Remove `federate`.' })]
    }
    if (earlier === undefined) return []
    const message = `a job named ${quoted(job)} is there already, at ${source.file}:${problemAt(source, [...path, earlier], { message: '' }).line}`
    return [problemAt(source, at, { message, suggestion: 'Remove it, or give it another name with `job`.' })]
  })
}

/** Why a scrape cannot have this target; `known`: what it could have. */
export function explainUnknown(name: string, known: readonly string[]) {
  if (name === 'local.prometheus') {
    const message = 'the local Prometheus is not dark, so it is not on the overlay and cannot be scraped there'
    return { message, suggestion: 'Set `local: {dark: true}`.' }
  }
  const words = known.length === 0 ? [] : [suggestWord(name, known)]
  const suggestion = [...words, ...adviseOnRemoved(name, known)].join(' ')
  return { message: `there is nothing to scrape named ${quoted(name)}`, ...(suggestion !== '' && { suggestion }) }
}

// Nothing else of that cluster is known either: it was taken out by hand, and this was left behind.
function adviseOnRemoved(name: string, known: readonly string[]): string[] {
  const cluster = /^(.+)\.(?:prometheus|reflect)$/.exec(name)?.[1]
  if (cluster === undefined || known.includes(`${cluster}.prometheus`)) return []
  // There never was one of a name that is refused, which is no text for a terminal either.
  if (checkClusterName(cluster) !== undefined) return []
  return [
    `If the cluster ${cluster} was removed, remove this scrape too, by hand; "zprom remove cluster" would have done both.`,
  ]
}

function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, step) => (Array.isArray(at) ? at[Number(step)] : field(at, String(step))), data)
}
