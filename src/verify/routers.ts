import type { Controller } from '../controller/index.js'
import { asRaw, text, texts } from '../kinds/index.js'
import type { Observed } from '../model/entity.js'
import type { Snapshot } from '../model/snapshot.js'
import { selects } from './roles.js'

/** An edge router as the controller has it. */
export type EdgeRouter = {
  readonly id: string
  readonly name: string
  readonly roleAttributes: readonly string[]
  readonly isOnline: boolean
}

/** All edge routers, in one request. */
export async function fetchRouters(controller: Controller): Promise<EdgeRouter[]> {
  const rows = (await controller.list('/edge-routers')).map(row => asRaw(row, 'edge-router'))
  return rows.map(raw => ({
    id: text(raw, 'id', 'edge-router'),
    name: text(raw, 'name', 'edge-router'),
    roleAttributes: texts(raw, 'roleAttributes', 'edge-router'),
    isOnline: raw.isOnline === true,
  }))
}

/** Which edge routers an identity and a service have in common. */
export type RouterAccess = {
  /** Routers that both may use, online or not. */
  common(identity: string, service: string): EdgeRouter[]
}

/**
 * Which edge routers each identity and each service may use by the router policies of a snapshot. Evaluated here and not
 * asked pair by pair: identities times services would be too many requests. A contract test holds it against the
 * controller's own policy advice.
 */
export function createRouterAccess(snapshot: Snapshot, routers: readonly EdgeRouter[]): RouterAccess {
  const policies = [...snapshot.entities.values()]
  const towards = (kind: Observed['kind']) => policies.flatMap(policy => rolesToward(policy, kind) ?? [])
  const policiesFor = { identity: towards('identity'), service: towards('service') }
  const reach = (kind: 'identity' | 'service', name: string): EdgeRouter[] => {
    const entity = snapshot.entities.get(`${kind}/${name}`)
    if (entity === undefined || !('roleAttributes' in entity.fields)) return []
    const who = { names: [entity.name, entity.id], roleAttributes: entity.fields.roleAttributes }
    const open = policiesFor[kind].filter(policy => selects(policy.roles, policy.semantic, who))
    return routers.filter(({ id, name: router, roleAttributes }) =>
      open.some(policy => selects(policy.edgeRouterRoles, policy.semantic, { names: [router, id], roleAttributes })),
    )
  }
  const ofIdentity = remember(name => reach('identity', name))
  const ofService = remember(name => reach('service', name))
  return {
    common(identity, service) {
      const theirs = new Set(ofService(service).map(({ id }) => id))
      return ofIdentity(identity).filter(({ id }) => theirs.has(id))
    },
  }
}

function rolesToward(policy: Observed, kind: Observed['kind']) {
  if (policy.kind === 'edge-router-policy' && kind === 'identity')
    return { ...policy.fields, roles: policy.fields.identityRoles }
  if (policy.kind === 'service-edge-router-policy' && kind === 'service')
    return { ...policy.fields, roles: policy.fields.serviceRoles }
  return undefined
}

function remember<T>(make: (name: string) => T): (name: string) => T {
  const known = new Map<string, T>()
  return name => {
    const value = known.get(name) ?? make(name)
    known.set(name, value)
    return value
  }
}
