import type { SpecProblem } from '../errors.js'
import { field, type NamedItem } from './raw.js'
import { releasesSchema } from './schema.js'
import { problemAt, type Source } from './source.js'
import { quoted } from './text-rule.js'

/** Settings that a dark cluster cannot have. */
export function darkProblems(source: Source, { path, item }: NamedItem): SpecProblem[] {
  if (field(item, 'prometheus') !== 'dark') return []
  const companions = field(item, 'companions') === true
  return [
    ...(companions
      ? [
          problemAt(source, [...path, 'companions'], {
            message: 'the companions of the chart listen in the cluster, and this cluster is to be dark',
            suggestion: 'Remove `companions`, or write `prometheus: tunneled`.',
          }),
        ]
      : []),
    ...(field(item, 'zitiHostSecret') === undefined
      ? []
      : [
          problemAt(source, [...path, 'zitiHostSecret'], {
            message: 'a dark Prometheus has no ziti-host',
            suggestion: 'Remove `zitiHostSecret`.',
          }),
        ]),
  ]
}

type Place = {
  readonly cluster: NamedItem
  readonly context: string
  readonly namespace: string
  readonly releases: { readonly prometheus: string; readonly reflect: string; readonly zitiHost: string }
}

/**
 * Clusters of the spec that are one Kubernetes cluster and would get into each other's way there. The charts give some
 * objects fixed names, so a namespace takes one prometheus and one reflect release, and a Kubernetes cluster one
 * prometheus release of a name. Only known where both name their kube context.
 */
export function placeProblems(source: Source, clusters: readonly NamedItem[]): SpecProblem[] {
  const byContext = new Map<string, Place[]>()
  return clusters.flatMap(placeOf).flatMap(place => {
    const before = byContext.get(place.context) ?? []
    byContext.set(place.context, [...before, place])
    for (const earlier of before) {
      const message = explain(earlier, place)
      if (message !== undefined) return [problemAt(source, [...place.cluster.path, ...message.at], message)]
    }
    return []
  })
}

function explain(earlier: Place, place: Place) {
  const where = `${quoted(earlier.cluster.name)} is in the context ${quoted(place.context)} too`
  if (earlier.namespace === place.namespace) {
    const message = `${where}, in the same namespace ${quoted(place.namespace)}: the charts give their Secrets and ConfigMaps fixed names, so a namespace takes one prometheus and one reflect release`
    return { at: ['context'], message, suggestion: 'Give one of them another namespace.' }
  }
  if (earlier.releases.prometheus === place.releases.prometheus) {
    const message = `${where}, with a prometheus release of the same name ${quoted(place.releases.prometheus)}: its ClusterRole would be one for both`
    return { at: ['context'], message, suggestion: 'Set releases.prometheus of one of them.' }
  }
  return undefined
}

function placeOf(cluster: NamedItem): Place[] {
  const context = field(cluster.item, 'context')
  const namespace = field(cluster.item, 'namespace') ?? 'default'
  const releases = releasesSchema.safeParse(field(cluster.item, 'releases'))
  if (typeof context !== 'string' || typeof namespace !== 'string' || !releases.success) return []
  return [{ cluster, context, namespace, releases: releases.data }]
}
