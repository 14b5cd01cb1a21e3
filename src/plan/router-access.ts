import { selects } from '../kinds/selects.js'
import type { Address, Entity } from '../model/entity.js'
import type { EdgeRouter } from '../model/forecast.js'

/** An entity that is there, or is going to be: then it has no id yet. */
export type Known = Entity & { readonly id?: string }

/** Which edge routers identities and services may use. */
export type RouterAccess = {
  ofIdentity(name: string): readonly EdgeRouter[]
  ofService(name: string): readonly EdgeRouter[]
  /** Routers that both may use, online or not. */
  common(identity: string, service: string): EdgeRouter[]
}

/**
 * Which edge routers each identity and each service may use by the router policies of a graph. Evaluated here and not
 * asked pair by pair: identities times services would be too many requests. A contract test holds it against the
 * controller's own policy advice.
 */
export function createRouterAccess(
  entities: ReadonlyMap<Address, Known>,
  routers: readonly EdgeRouter[],
): RouterAccess {
  const policies = [...entities.values()]
  const towards = (kind: Known['kind']) => policies.flatMap(policy => rolesToward(policy, kind) ?? [])
  const policiesFor = { identity: towards('identity'), service: towards('service') }
  const reach = (kind: 'identity' | 'service', name: string): EdgeRouter[] => {
    const entity = entities.get(`${kind}/${name}`)
    if (entity === undefined || !('roleAttributes' in entity.fields)) return []
    const names = entity.id === undefined ? [entity.name] : [entity.name, entity.id]
    const who = { names, roleAttributes: entity.fields.roleAttributes }
    const open = policiesFor[kind].filter(policy => selects(policy.roles, policy.semantic, who))
    return routers.filter(({ id, name: router, roleAttributes }) =>
      open.some(policy => selects(policy.edgeRouterRoles, policy.semantic, { names: [router, id], roleAttributes })),
    )
  }
  const ofIdentity = remember(name => reach('identity', name))
  const ofService = remember(name => reach('service', name))
  return {
    ofIdentity,
    ofService,
    common(identity, service) {
      const theirs = new Set(ofService(service).map(({ id }) => id))
      return ofIdentity(identity).filter(({ id }) => theirs.has(id))
    },
  }
}

function rolesToward(policy: Known, kind: Known['kind']) {
  if (policy.kind === 'edge-router-policy' && kind === 'identity')
    return { ...policy.fields, roles: policy.fields.identityRoles }
  if (policy.kind === 'service-edge-router-policy' && kind === 'service')
    return { ...policy.fields, roles: policy.fields.serviceRoles }
  return undefined
}

/** A function that works out each answer once. */
export function remember<T>(make: (name: string) => T): (name: string) => T {
  const known = new Map<string, T>()
  return name => {
    const value = known.get(name) ?? make(name)
    known.set(name, value)
    return value
  }
}
