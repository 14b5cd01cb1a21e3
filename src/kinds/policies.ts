import type {
  EdgeRouterPolicyFields,
  Semantic,
  ServiceEdgeRouterPolicyFields,
  ServicePolicyFields,
} from '../model/entity.js'
import { oneOf, type Raw, texts } from './decode.js'
import { type IdLookup, type Kind, patched } from './kind.js'
import { needsOfRoles, rolesFromApi, rolesToApi } from './roles.js'

// Which kind of entity the members of each role list name.
const roleKinds = { serviceRoles: 'service', identityRoles: 'identity', edgeRouterRoles: 'edge-router' } as const

/** Service policies: who may Dial and who may Bind which service. */
export const servicePolicyKind: Kind<ServicePolicyFields> = {
  name: 'service-policy',
  path: '/service-policies',
  names: ['service', 'identity'],
  // Dial and Bind too can be turned into each other. Before 1.1.12 who may do what is then counted wrongly, unless the lists are
  // empty (openziti/ziti issue 2415). On 1.6 and 2.0 such a change drops the posture check roles, even those sent along;
  // apply reads it back and sends them again.
  fixed: [],
  replaced: patched,
  always: [],
  emptied: { lists: ['serviceRoles', 'identityRoles', 'postureCheckRoles'], by: ['type', 'semantic'] },
  needs: ({ serviceRoles, identityRoles }) => [
    ...needsOfRoles(serviceRoles, 'service'),
    ...needsOfRoles(identityRoles, 'identity'),
  ],
  fromApi: (raw, names) => ({
    type: oneOf(raw, 'type', ['Dial', 'Bind'], 'service-policy'),
    semantic: semanticOf(raw, 'service-policy'),
    serviceRoles: rolesFromApi(texts(raw, 'serviceRoles', 'service-policy'), 'service', names),
    identityRoles: rolesFromApi(texts(raw, 'identityRoles', 'service-policy'), 'identity', names),
    postureCheckRoles: [...texts(raw, 'postureCheckRoles', 'service-policy')].sort(),
  }),
  toApi: policyToApi,
  onCreate: () => ({}),
}

/** Edge router policies: which identities may connect to which edge routers. */
export const edgeRouterPolicyKind: Kind<EdgeRouterPolicyFields> = {
  name: 'edge-router-policy',
  path: '/edge-router-policies',
  names: ['identity', 'edge-router'],
  fixed: [],
  replaced: patched,
  always: [],
  emptied: { lists: ['edgeRouterRoles', 'identityRoles'], by: ['semantic'] },
  needs: ({ identityRoles }) => needsOfRoles(identityRoles, 'identity'),
  fromApi: (raw, names) => ({
    semantic: semanticOf(raw, 'edge-router-policy'),
    edgeRouterRoles: rolesFromApi(texts(raw, 'edgeRouterRoles', 'edge-router-policy'), 'edge-router', names),
    identityRoles: rolesFromApi(texts(raw, 'identityRoles', 'edge-router-policy'), 'identity', names),
  }),
  toApi: policyToApi,
  onCreate: () => ({}),
}

/** Service edge router policies: over which edge routers a service may be used. */
export const serviceEdgeRouterPolicyKind: Kind<ServiceEdgeRouterPolicyFields> = {
  name: 'service-edge-router-policy',
  path: '/service-edge-router-policies',
  names: ['service', 'edge-router'],
  fixed: [],
  replaced: patched,
  always: [],
  emptied: { lists: ['edgeRouterRoles', 'serviceRoles'], by: ['semantic'] },
  needs: ({ serviceRoles }) => needsOfRoles(serviceRoles, 'service'),
  fromApi: (raw, names) => ({
    semantic: semanticOf(raw, 'service-edge-router-policy'),
    edgeRouterRoles: rolesFromApi(texts(raw, 'edgeRouterRoles', 'service-edge-router-policy'), 'edge-router', names),
    serviceRoles: rolesFromApi(texts(raw, 'serviceRoles', 'service-edge-router-policy'), 'service', names),
  }),
  toApi: policyToApi,
  onCreate: () => ({}),
}

function semanticOf(raw: Raw, what: string): Semantic {
  return oneOf(raw, 'semantic', ['AnyOf', 'AllOf'], what)
}

function policyToApi(fields: object, ids: IdLookup): Record<string, unknown> {
  const body: Record<string, unknown> = { ...fields }
  for (const [key, kind] of Object.entries(roleKinds)) {
    const roles = body[key]
    if (Array.isArray(roles)) body[key] = rolesToApi(roles, kind, ids)
  }
  return body
}
