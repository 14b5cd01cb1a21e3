import { sortedSet } from '../model/entity.js'
import type { Spec } from '../spec/schema.js'
import type { Part } from './fields.js'

/**
 * The two policies without which no identity sees a router and no service has a path. The article gets them from the
 * quickstart's defaults; an overlay without such defaults needs `routerPolicies: own`.
 */
export function expandRouterPolicies(spec: Pick<Spec, 'stack' | 'overlay'>): Part {
  if (spec.overlay.routerPolicies === 'existing') return { entities: [], enrollments: [] }
  const edgeRouterRoles = sortedSet(spec.overlay.routers)
  return {
    entities: [
      {
        kind: 'edge-router-policy',
        name: `${spec.stack}.edge-routers`,
        fields: { semantic: 'AnyOf', edgeRouterRoles, identityRoles: ['#all'] },
      },
      {
        kind: 'service-edge-router-policy',
        name: `${spec.stack}.service-edge-routers`,
        fields: { semantic: 'AnyOf', edgeRouterRoles, serviceRoles: ['#all'] },
      },
    ],
    enrollments: [],
  }
}
