import type { BridgeTarget, BridgeTargets } from '../model/bridge.js'
import type { Spec } from '../spec/schema.js'
import { localName } from './names.js'
import { prometheusTarget, scrapeTargetsOf, workloadTargets } from './scrape-targets.js'
import { scrapersOf } from './scrapers.js'
import { targetUsesOf } from './target-uses.js'

type Place = Pick<BridgeTarget, 'cluster' | 'workload' | 'isPrometheus'>

/** Everything that a Prometheus of this spec can scrape, with the labels that a bridge gives it. Pure. */
export function bridgeTargetsOf(spec: Pick<Spec, 'clusters' | 'targets' | 'local'>): BridgeTargets {
  const uses = new Map(targetUsesOf(spec).map(({ name, scrapedBy }) => [name, scrapedBy]))
  const places = new Map<string, Place>(
    spec.clusters.flatMap(cluster => [
      [prometheusTarget(cluster).name, { cluster: cluster.name, isPrometheus: true }] as const,
      ...workloadTargets(cluster).map(
        ({ name }, index) =>
          [
            name,
            { cluster: cluster.name, workload: cluster.workloads[index]?.name ?? '', isPrometheus: false },
          ] as const,
      ),
    ]),
  )
  const targets = scrapeTargetsOf(spec).map(target => ({
    ...target,
    ...(places.get(target.name) ?? { isPrometheus: target.name === `${localName}.prometheus` }),
    scrapedBy: uses.get(target.name) ?? [],
  }))
  return { targets, readers: scrapersOf(spec).map(({ name, identity }) => ({ name, identity })) }
}
