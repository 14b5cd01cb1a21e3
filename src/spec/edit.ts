import { alreadyThere, type Edited, edit } from './editing.js'
import { clusterDifferences, clusterItem, developerItem, localDifferences, localItem } from './items.js'
import { newSpec } from './new-spec.js'
import { parseWithSource } from './parse.js'
import type { ClusterInput, DeveloperInput, LocalInput } from './schema.js'
import { lineOf, problemAtKey } from './source.js'

export type { Edited } from './editing.js'

/**
 * Adds a cluster to a spec; an undefined text begins a new file (`newSpec` makes one with a stack and an overlay).
 * Throws SpecError when the text is no valid spec, UsageError when the cluster is there with other settings, or cannot be
 * added to this spec.
 */
export function addCluster(text: string | undefined, cluster: ClusterInput, file: string): Edited {
  const before = text ?? newSpec()
  const { spec, source } = parseWithSource(before, file)
  const index = spec.clusters.findIndex(one => one.name === cluster.name)
  const there = spec.clusters[index]
  if (there === undefined) {
    const change = { path: ['clusters', spec.clusters.length], value: clusterItem(cluster) }
    return edit(source, change, `the cluster ${cluster.name}`)
  }
  const different = clusterDifferences(there, cluster)
  if (different.length === 0) return { text: before, changed: false }
  throw alreadyThere(cluster.name, `${file}:${lineOf(source, ['clusters', index, 'name'])}`, different.join(', '))
}

/**
 * Adds a developer to a spec, or has an existing one enrolled by zprom from now on. Throws as `addCluster` does; also when
 * `enroll: false` is asked for and the spec says true.
 */
export function addDeveloper(text: string | undefined, developer: DeveloperInput, file: string): Edited {
  const before = text ?? newSpec()
  const { spec, source } = parseWithSource(before, file)
  const index = spec.developers.findIndex(one => one.name === developer.name)
  const there = spec.developers[index]
  const title = `the developer ${developer.name}`
  if (there === undefined) {
    return edit(source, { path: ['developers', spec.developers.length], value: developerItem(developer) }, title)
  }
  if (developer.enroll === undefined || developer.enroll === there.enroll) return { text: before, changed: false }
  if (developer.enroll) return edit(source, { path: ['developers', index, 'enroll'], value: true }, title)
  throw alreadyThere(developer.name, `${file}:${lineOf(source, ['developers', index, 'name'])}`, 'with enroll: true')
}

/**
 * Adds the Prometheus on one's own machine to a spec. Throws as `addCluster` does; what is not asked for does not count as
 * another setting.
 */
export function addLocal(
  text: string | undefined,
  local: Pick<LocalInput, 'dark' | 'port' | 'scrape'>,
  file: string,
): Edited {
  const before = text ?? newSpec()
  const { spec, source } = parseWithSource(before, file)
  if (spec.local === undefined) {
    return edit(source, { path: ['local'], value: localItem(local) }, 'the local Prometheus')
  }
  const different = localDifferences(spec.local, local)
  if (different.length === 0) return { text: before, changed: false }
  const place = `${file}:${problemAtKey(source, ['local'], { message: '' }).line}`
  throw alreadyThere('the local Prometheus', place, different.join(' and '))
}

/** Makes zprom own the two policies that join identities and services to edge routers. Throws SpecError, UsageError. */
export function ownRouterPolicies(text: string | undefined, file: string): Edited {
  const before = text ?? newSpec()
  const { spec, source } = parseWithSource(before, file)
  if (spec.overlay.routerPolicies === 'own') return { text: before, changed: false }
  return edit(source, { path: ['overlay', 'routerPolicies'], value: 'own' }, '`routerPolicies: own`')
}
