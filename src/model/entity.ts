// What a topology and a snapshot are made of. Values only; nothing here does I/O.

/** The kinds of entity that zprom writes, in the order of need: a kind names only kinds before it. */
export const entityKinds = [
  'identity',
  'config',
  'service',
  'service-policy',
  'edge-router-policy',
  'service-edge-router-policy',
] as const

/** One of the kinds of entity that zprom writes. */
export type EntityKind = (typeof entityKinds)[number]

/** All kinds that can stand in an address; config types are only read, enrollments come with their identity, artefacts are files. */
export type KindName = EntityKind | 'config-type' | 'enrollment' | 'edge-router' | 'artefact'

/** `kind/name`: the only way an entity is named in specs, plans, logs and tests. */
export type Address = `${KindName}/${string}`

/** What zprom says of an identity. */
export type IdentityFields = {
  readonly isAdmin: boolean
  /** A set; sorted, without duplicates. */
  readonly roleAttributes: readonly string[]
}

/** What zprom says of a config. */
export type ConfigFields = {
  /** The config type's name, such as `intercept.v1`. */
  readonly configType: string
  readonly data: Readonly<Record<string, unknown>>
}

/** What zprom says of a service. */
export type ServiceFields = {
  /** Names of configs; sorted. */
  readonly configs: readonly string[]
  readonly encryptionRequired: boolean
  readonly roleAttributes: readonly string[]
}

/** Whether one of the roles of a policy is enough, or all must fit. */
export type Semantic = 'AnyOf' | 'AllOf'

/** Roles are `#attribute`, `#all` or `@name`; sorted. */
export type ServicePolicyFields = {
  readonly type: 'Dial' | 'Bind'
  readonly semantic: Semantic
  readonly serviceRoles: readonly string[]
  readonly identityRoles: readonly string[]
  readonly postureCheckRoles: readonly string[]
}

/** Which edge routers identities may use; roles as in a service policy. */
export type EdgeRouterPolicyFields = {
  readonly semantic: Semantic
  readonly edgeRouterRoles: readonly string[]
  readonly identityRoles: readonly string[]
}

/** Over which edge routers services go; roles as in a service policy. */
export type ServiceEdgeRouterPolicyFields = {
  readonly semantic: Semantic
  readonly edgeRouterRoles: readonly string[]
  readonly serviceRoles: readonly string[]
}

/** Which fields each kind has. */
export type FieldsOf = {
  readonly identity: IdentityFields
  readonly config: ConfigFields
  readonly service: ServiceFields
  readonly 'service-policy': ServicePolicyFields
  readonly 'edge-router-policy': EdgeRouterPolicyFields
  readonly 'service-edge-router-policy': ServiceEdgeRouterPolicyFields
}

/** One entity in normal form: role lists sorted, defaults filled in, everything by name. */
export type EntityOf<K extends EntityKind> = {
  readonly kind: K
  readonly name: string
  readonly fields: FieldsOf[K]
}

/** Told apart by `kind`. */
export type Entity = { [K in EntityKind]: EntityOf<K> }[EntityKind]

/**
 * An entity of a topology: which item of the spec asked for it, such as `cluster/kubeA`. With `onlyIfMissing`, one that
 * somebody else made under that name is used as it is.
 */
export type Wanted = Entity & {
  readonly origin: string
  readonly onlyIfMissing?: true
  /** A fingerprint of all that the item asks for; the same on each of its entities. */
  readonly item?: string
}

/** Who made an entity, read from its tags; undefined tags mean a person or another tool. */
export type Owner = {
  readonly stack: string
  readonly origin: string
  readonly format: string
  /** Fingerprints of the fields as zprom last wrote them; absent on what an earlier version wrote. */
  readonly written?: string
  /** The fingerprint of all that the item asked for then; absent as above. */
  readonly item?: string
}

/** An entity as the controller has it. `id` stays inside controller/ and apply/. */
export type Observed = Entity & {
  readonly id: string
  readonly owner: Owner | undefined
  /** All tags, foreign ones included, so that an update can keep them. */
  readonly tags: Readonly<Record<string, unknown>>
}

/** The address of an entity. */
export function addressOf(entity: { readonly kind: KindName; readonly name: string }): Address {
  return `${entity.kind}/${entity.name}`
}

/** Reads `kind/name`; undefined when it is no address of a kind that zprom writes. */
export function parseAddress(text: string): Address | undefined {
  const slash = text.indexOf('/')
  const kind = entityKinds.find(one => one === text.slice(0, slash))
  return kind === undefined || slash === text.length - 1 ? undefined : `${kind}/${text.slice(slash + 1)}`
}

/** A set as the normal form wants it: sorted by code unit, so the same on every machine, without duplicates. */
export function sortedSet(items: readonly string[]): string[] {
  return [...new Set(items)].sort()
}
