import { scrapeTargetsOf } from '../expand/scrape-targets.js'
import { removeScrape } from './edit-scrapes.js'
import type { Edited } from './editing.js'
import { removeItems } from './editing.js'
import { parseWithSource } from './parse.js'

/**
 * Takes a cluster out of a spec, and with it every scrape of its Prometheus and workloads that another Prometheus has in its
 * list: without the cluster there would be nothing of that name. Throws SpecError when the text is no valid spec.
 */
export function removeCluster(text: string, name: string, file: string): Edited {
  const { spec } = parseWithSource(text, file)
  const cluster = spec.clusters.find(one => one.name === name)
  if (cluster === undefined) return { text, changed: false }
  const targets = scrapeTargetsOf({ clusters: [cluster], targets: [] }).map(target => target.name)
  // Lists that nobody wrote follow from the clusters, and change by themselves.
  const readers = [
    ...spec.clusters.filter(one => one.name !== name && one.scrape !== undefined).map(one => one.name),
    ...(spec.local?.scrape === undefined ? [] : ['local']),
  ]
  let edited = text
  for (const reader of readers)
    for (const target of targets) edited = removeScrape(edited, { reader, target }, file).text
  const { source, spec: left } = parseWithSource(edited, file)
  const index = left.clusters.findIndex(one => one.name === name)
  return removeItems(source, ['clusters'], [index], `the cluster ${name}`)
}
