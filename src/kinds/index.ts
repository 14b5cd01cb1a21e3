import type { EntityKind } from '../model/entity.js'
import { configKind } from './config.js'
import { identityKind } from './identity.js'
import type { Kind } from './kind.js'
import { edgeRouterPolicyKind, serviceEdgeRouterPolicyKind, servicePolicyKind } from './policies.js'
import { serviceKind } from './service.js'

export { asRaw, decodeFrom, field, type Raw, record, type Source, text, texts } from './decode.js'
export type { IdLookup, Kind, NameLookup } from './kind.js'

/** All kinds, in the order of need. */
export const kinds: readonly Kind[] = [
  identityKind,
  configKind,
  serviceKind,
  servicePolicyKind,
  edgeRouterPolicyKind,
  serviceEdgeRouterPolicyKind,
]

const byName = new Map<EntityKind, Kind>(kinds.map(kind => [kind.name, kind]))

/** The descriptor of a kind. */
export function kindOf(name: EntityKind): Kind {
  const kind = byName.get(name)
  if (kind === undefined) throw new Error(`kind ${name} has no descriptor in src/kinds/index.ts`)
  return kind
}
