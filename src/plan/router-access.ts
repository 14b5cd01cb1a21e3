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
  common(identity: string, service: string): readonly EdgeRouter[]
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
  const one = shareEqual()
  const ofIdentity = remember(name => one(reach('identity', name)))
  const ofService = remember(name => one(reach('service', name)))
  const common = rememberPairs((mine, theirs) => mine.filter(router => theirs.includes(router)))
  return {
    ofIdentity,
    ofService,
    common: (identity, service) => common(ofIdentity(identity), ofService(service)),
  }
}

type Routers = readonly EdgeRouter[]

// The pairs of identities and services are many, the lists of routers that they may use are few.
function shareEqual(): (routers: Routers) => Routers {
  const known = new Map<string, Routers>()
  return routers => {
    const key = routers.map(({ id }) => id).join(' ')
    const value = known.get(key) ?? routers
    known.set(key, value)
    return value
  }
}

function rememberPairs(make: (one: Routers, other: Routers) => Routers): (one: Routers, other: Routers) => Routers {
  const known = new Map<Routers, Map<Routers, Routers>>()
  return (one, other) => {
    const some = known.get(one) ?? new Map<Routers, Routers>()
    known.set(one, some)
    const value = some.get(other) ?? make(one, other)
    some.set(other, value)
    return value
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
