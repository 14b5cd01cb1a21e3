import type { Topology } from '../model/topology.js'
import type { Spec } from '../spec/schema.js'
import { expandCluster } from './cluster.js'
import { expandDeveloper } from './developer.js'
import { dialAttributesOf } from './dial-attributes.js'
import type { Part } from './fields.js'
import { expandRouterPolicies } from './router-policies.js'

/** Everything that a spec stands for: entities in normal form and how each identity is enrolled. Pure. */
export function expandSpec(spec: Spec): Topology {
  const items = itemsOf(spec)
  return {
    stack: spec.stack,
    entities: items.flatMap(({ origin, part }) => part.entities.map(entity => ({ ...entity, origin }))),
    enrollments: items.flatMap(({ origin, part }) => part.enrollments.map(wish => ({ ...wish, origin }))),
  }
}

type Item = { readonly origin: string; readonly part: Part }

// Whatever a person can ask for next, such as a Prometheus on their own machine, is one more file and one more line here.
function itemsOf(spec: Spec): Item[] {
  const dial = dialAttributesOf(spec.clusters)
  return [
    ...spec.clusters.map(cluster => ({ origin: `cluster/${cluster.name}`, part: expandCluster(cluster, dial) })),
    ...spec.developers.map(dev => ({ origin: `developer/${dev.name}`, part: expandDeveloper(dev, dial) })),
    { origin: 'overlay/router-policies', part: expandRouterPolicies(spec) },
  ]
}
