// One entity of each kind, what it needs, and every way in which a person can change it by hand.

import { intercept } from '../../src/expand/fields.js'
import type { Raw } from '../../src/kinds/index.js'
import { addressOf, type Entity, type EntityKind, sortedSet } from '../../src/model/entity.js'
import type { Topology } from '../../src/model/topology.js'
import type { World } from '../support/world.js'

/** A change that another tool makes, and the field in which the plan must show it. */
export type Drift = { readonly field: string; readonly what: string; readonly body: Raw }

export type Sample = {
  readonly kind: EntityKind
  /** The entity in question is the last. */
  entities(word: string): readonly Entity[]
  readonly drifts: readonly Drift[]
}

/** A topology of hand-picked entities, all of one item of a spec. */
export function topologyOf(stack: string, entities: readonly Entity[], origin = 'cluster/sample'): Topology {
  return { stack, entities: entities.map(entity => ({ ...entity, origin })), enrollments: [] }
}

/** The entity that a sample is about. */
export function subjectOf(sample: Sample, { word }: Pick<World, 'word'>) {
  const entity = sample.entities(word).at(-1)
  if (entity === undefined) throw new Error(`the sample of ${sample.kind} is empty`)
  return { entity, name: entity.name, address: addressOf(entity) }
}

function identityOf(word: string): Entity {
  return {
    kind: 'identity',
    name: `${word}.id`,
    fields: { isAdmin: false, roleAttributes: sortedSet(['a.b', `${word} ☂`]) },
  }
}

function serviceOf(word: string): Entity {
  const fields = { configs: [`${word}.intercept`], encryptionRequired: true, roleAttributes: [`${word}.services`] }
  return { kind: 'service', name: `${word}.svc`, fields }
}

export const samples: readonly Sample[] = [
  {
    kind: 'identity',
    entities: word => [identityOf(word)],
    drifts: [
      { field: 'isAdmin', what: 'made an administrator', body: { isAdmin: true } },
      { field: 'roleAttributes', what: 'given one attribute more', body: { roleAttributes: ['a.b', 'more'] } },
      { field: 'roleAttributes', what: 'stripped of all attributes', body: { roleAttributes: [] } },
    ],
  },
  {
    kind: 'config',
    entities: word => [intercept(`${word}.intercept`, `${word}.ziti`, `${word}.id`)],
    drifts: [
      {
        field: 'data',
        what: 'pointed at another address',
        body: { data: { protocols: ['tcp'], addresses: ['other.ziti'], portRanges: [{ low: 80, high: 80 }] } },
      },
    ],
  },
  {
    kind: 'service',
    entities: word => [intercept(`${word}.intercept`, `${word}.ziti`), serviceOf(word)],
    drifts: [
      { field: 'configs', what: 'stripped of its config', body: { configs: [] } },
      { field: 'roleAttributes', what: 'stripped of all attributes', body: { roleAttributes: [] } },
    ],
  },
  {
    kind: 'service-policy',
    entities: word => [
      identityOf(word),
      intercept(`${word}.intercept`, `${word}.ziti`),
      serviceOf(word),
      {
        kind: 'service-policy',
        name: `${word}.dial`,
        fields: {
          type: 'Dial',
          semantic: 'AllOf',
          serviceRoles: ['#any', `@${word}.svc`],
          identityRoles: ['#some', `@${word}.id`],
          postureCheckRoles: [],
        },
      },
    ],
    drifts: [
      { field: 'type', what: 'turned from Dial to Bind', body: { type: 'Bind' } },
      { field: 'semantic', what: 'widened to AnyOf', body: { semantic: 'AnyOf' } },
      { field: 'serviceRoles', what: 'widened to all services', body: { serviceRoles: ['#all'] } },
      { field: 'identityRoles', what: 'stripped of all identities', body: { identityRoles: [] } },
      { field: 'postureCheckRoles', what: 'bound to posture checks', body: { postureCheckRoles: ['#posture'] } },
    ],
  },
  {
    kind: 'edge-router-policy',
    entities: word => [
      identityOf(word),
      {
        kind: 'edge-router-policy',
        name: `${word}.routers`,
        fields: { semantic: 'AnyOf', edgeRouterRoles: [`#${word}`], identityRoles: ['#some', `@${word}.id`] },
      },
    ],
    drifts: [
      { field: 'semantic', what: 'narrowed to AllOf', body: { semantic: 'AllOf' } },
      { field: 'edgeRouterRoles', what: 'stripped of all routers', body: { edgeRouterRoles: [] } },
      { field: 'identityRoles', what: 'given other identities', body: { identityRoles: ['#others'] } },
    ],
  },
  {
    kind: 'service-edge-router-policy',
    entities: word => [
      intercept(`${word}.intercept`, `${word}.ziti`),
      serviceOf(word),
      {
        kind: 'service-edge-router-policy',
        name: `${word}.service-routers`,
        fields: {
          semantic: 'AllOf',
          edgeRouterRoles: sortedSet(['#public', `#${word}`]),
          serviceRoles: [`@${word}.svc`],
        },
      },
    ],
    drifts: [
      { field: 'semantic', what: 'widened to AnyOf', body: { semantic: 'AnyOf' } },
      { field: 'edgeRouterRoles', what: 'given other routers', body: { edgeRouterRoles: ['#others'] } },
      { field: 'serviceRoles', what: 'stripped of all services', body: { serviceRoles: [] } },
    ],
  },
]

/** Entities of all kinds at once: each sample, and what it needs once. */
export function everythingOf(word: string): Entity[] {
  const all = samples.flatMap(sample => sample.entities(word))
  return [...new Map(all.map(entity => [addressOf(entity), entity])).values()]
}
