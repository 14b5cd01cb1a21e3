import { selects } from '../kinds/selects.js'
import type { VisibleService } from '../model/check.js'
import type { Address, Observed } from '../model/entity.js'
import { addressOf } from '../model/entity.js'
import { listFew } from '../model/few.js'
import type { Snapshot } from '../model/snapshot.js'

/** Who grants an identity services beyond the spec, by the service policies of a snapshot. */
export type Granters = {
  /** Policies of our own that the spec asks for: they, or what they join, are not as it says. */
  readonly ours: readonly Address[]
  /** Policies of our own that an earlier spec asked for. */
  readonly leftOver: readonly Address[]
  /** Other stacks. */
  readonly stacks: readonly string[]
  /** Policies that zprom did not make. */
  readonly others: readonly Address[]
}

/** Finds the policies that select both the identity and one of the services, and give one of its permissions. Pure. */
export function findGranters(
  identity: string,
  services: readonly Pick<VisibleService, 'service' | 'permissions'>[],
  { snapshot, stack, orphans }: { snapshot: Snapshot; stack: string; orphans: readonly Address[] },
): Granters {
  const who = selectable(snapshot.entities.get(`identity/${identity}`))
  const what = services.map(({ service, permissions }) => ({
    permissions,
    ...selectable(snapshot.entities.get(`service/${service}`)),
  }))
  const granting = [...snapshot.entities.values()].filter(
    policy =>
      policy.kind === 'service-policy' &&
      selects(policy.fields.identityRoles, policy.fields.semantic, who) &&
      what.some(
        service =>
          service.permissions.includes(policy.fields.type) &&
          selects(policy.fields.serviceRoles, policy.fields.semantic, service),
      ),
  )
  const of = (isSuch: (policy: Observed) => boolean) => granting.filter(isSuch).map(addressOf).sort()
  const stacks = granting.flatMap(({ owner }) => (owner === undefined || owner.stack === stack ? [] : [owner.stack]))
  const isLeftOver = (policy: Observed) => orphans.includes(addressOf(policy))
  return {
    ours: of(policy => policy.owner?.stack === stack && !isLeftOver(policy)),
    leftOver: of(isLeftOver),
    stacks: [...new Set(stacks)].sort(),
    others: of(({ owner }) => owner === undefined),
  }
}

/** Who grants what is beyond the spec, and what to do about it; undefined when no policy does. */
export function describeGranters({ ours, leftOver, stacks, others }: Granters): string | undefined {
  const advice = [
    ...(ours.length === 0
      ? []
      : [
          `${listFew(ours)}: ours; it or what it joins was changed, which zprom apply puts back, or somebody else uses its role attributes`,
        ]),
    ...(leftOver.length === 0
      ? []
      : [`${listFew(leftOver)}: ours, but no longer in the spec; delete with: zprom apply --prune`]),
    ...(stacks.length === 0
      ? []
      : [
          `${stacks.map(stack => `stack "${stack}"`).join(' and ')}: shares role attributes with this one (docs/topology.md)`,
        ]),
    ...(others.length === 0 ? [] : [`${listFew(others)}: not made by zprom; narrow it`]),
  ]
  return advice.length === 0 ? undefined : `granted by ${advice.join('; ')}`
}

function selectable(entity: Observed | undefined) {
  const roleAttributes = entity !== undefined && 'roleAttributes' in entity.fields ? entity.fields.roleAttributes : []
  return { names: entity === undefined ? [] : [entity.name, entity.id], roleAttributes }
}
