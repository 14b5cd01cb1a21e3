// Snapshots and plans for tests, without a controller: what one look at a controller would bring back.
import { createIdBook } from '../../src/apply/ids.js'
import { expandSpec } from '../../src/expand/index.js'
import { kindOf } from '../../src/kinds/index.js'
import { ownerOf, tagsOf } from '../../src/kinds/tags.js'
import { type Address, addressOf, type Entity, type Observed, type Wanted } from '../../src/model/entity.js'
import type { Held } from '../../src/model/held.js'
import type { Change, Plan } from '../../src/model/plan.js'
import type { ObservedEnrollment, Snapshot } from '../../src/model/snapshot.js'
import type { Topology } from '../../src/model/topology.js'
import { type EnrollmentInputs, makePlan } from '../../src/plan/index.js'
import type { SpecInput } from '../../src/spec/schema.js'
import { specOf } from './spec-builder.js'

/** The moment of every plan. */
export const now = Date.parse('2026-03-01T12:00:00Z')

/** A controller with nothing on it but what every controller has. */
export function emptySnapshot(change: Partial<Snapshot> = {}): Snapshot {
  return {
    controller: 'https://ctrl.example:1280',
    entities: new Map(),
    enrollments: new Map(),
    configTypes: new Map([
      ['intercept.v1', 'type-1'],
      ['host.v1', 'type-2'],
    ]),
    routerPolicies: { identities: true, services: true },
    ...change,
  }
}

/** A controller that has exactly what a topology asks for, made by its own stack; no identity is enrolled. */
export function snapshotOf({ stack, entities }: Pick<Topology, 'stack' | 'entities'>): Snapshot {
  return emptySnapshot({ entities: byAddress(entities.map(wanted => observedOf(wanted, stack))) })
}

/** Entities as a snapshot keeps them. */
export function byAddress(entities: readonly Observed[]): Map<Address, Observed> {
  return new Map(entities.map(entity => [addressOf(entity), entity]))
}

/** An entity as the controller has it, made by `stack`; undefined: by somebody else. */
export function observedOf(wanted: Wanted, stack: string | undefined): Observed {
  const { origin: _origin, item: _item, ...entity } = structuredClone(wanted)
  const tags = stack === undefined ? { team: 'network' } : tagsOf(stack, wanted)
  return { ...(entity as Entity), id: `id-of-${addressOf(wanted)}`, owner: ownerOf(tags), tags }
}

/** Everything that a plan is made from, for a spec on an empty controller unless told otherwise. */
export function inputsOf(spec: SpecInput, change: Partial<EnrollmentInputs> = {}): EnrollmentInputs {
  return {
    topology: expandSpec(specOf(spec)),
    snapshot: emptySnapshot(),
    held: new Map(),
    now,
    reEnroll: new Set(),
    shown: path => path,
    ...change,
  }
}

/** The inputs with which to plan again once a plan has been carried out in full, without a controller to do so. */
export function carryOut(inputs: EnrollmentInputs, plan: Plan = makePlan(inputs)): EnrollmentInputs {
  const snapshot = carryOutSteps(inputs.snapshot, plan)
  const enrollments = new Map(snapshot.enrollments)
  const held = new Map<string, Held>(inputs.held)
  for (const { identity, action } of plan.enrollments) {
    const known = enrollments.get(identity)
    if (action === 'enroll') {
      const fingerprint = `print-of-${identity}`
      enrollments.set(identity, enrolled(known?.identityId ?? '', fingerprint))
      held.set(identity, { file: { fingerprint } })
    } else {
      held.set(identity, { token: known?.ott?.jwt ?? '' })
    }
  }
  return { ...inputs, snapshot: { ...snapshot, enrollments }, held }
}

// Through the same two translations as a real run: names to ids in the order of the steps, and back.
function carryOutSteps(snapshot: Snapshot, plan: Plan): Snapshot {
  const entities = new Map(snapshot.entities)
  const enrollments = new Map(snapshot.enrollments)
  const ids = createIdBook(snapshot)
  for (const { change } of plan.steps) {
    const next = carryOutChange(change, ids, plan.stack)
    if (next === undefined) entities.delete(change.address)
    else entities.set(change.address, next)
    if (next?.kind === 'identity' && change.action === 'create') enrollments.set(next.name, waiting(next.id))
  }
  return { ...snapshot, entities, enrollments }
}

function carryOutChange(change: Change, ids: ReturnType<typeof createIdBook>, stack: string): Observed | undefined {
  if (change.action === 'delete') return undefined
  const { after, address } = change
  const kind = kindOf(after.kind)
  const fields = kind.fromApi(JSON.parse(JSON.stringify(kind.toApi(after.fields, ids.idOf))), ids.nameOf)
  const id = change.action === 'update' ? change.before.id : `id-of-${address}`
  ids.add(address, id)
  const tags = tagsOf(stack, after)
  return { ...({ kind: after.kind, name: after.name, fields } as Entity), id, owner: ownerOf(tags), tags }
}

function enrolled(identityId: string, fingerprint: string): ObservedEnrollment {
  return { identityId, certificate: { authenticatorId: `authenticator-of-${identityId}`, fingerprint } }
}

/** An identity with an open token, in date. */
export function waiting(identityId: string): ObservedEnrollment {
  const expiresAt = new Date(now + 60 * 60_000).toISOString()
  return { identityId, ott: { id: `ott-of-${identityId}`, jwt: `jwt-of-${identityId}`, expiresAt } }
}
