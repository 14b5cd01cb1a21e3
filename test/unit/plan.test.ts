import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Observed, Wanted } from '../../src/model/entity.js'
import { addressOf } from '../../src/model/entity.js'
import type { Plan } from '../../src/model/plan.js'
import { createComparison, type EnrollmentInputs, makePlan } from '../../src/plan/index.js'
import { byAddress, carryOut, emptySnapshot, inputsOf, observedOf, snapshotOf } from '../support/plan-builder.js'
import { articleSpec, scrapingSpecArbitrary, specArbitrary } from '../support/spec-builder.js'

const article = inputsOf(articleSpec)
const [someIdentity] = article.topology.entities.filter(({ kind }) => kind === 'identity')
const [someConfig] = article.topology.entities.filter(({ kind }) => kind === 'config')

describe('a plan', () => {
  it('creates everything on an empty controller, and enrolls', () => {
    const plan = makePlan(article)
    assert.equal(plan.steps.length, 31)
    assert.ok(plan.steps.every(({ change }) => change.action === 'create'))
    assert.deepEqual(countEnrollments(plan), { enroll: 4, 'save-token': 2 })
  })

  it('is empty once it has been carried out', () => {
    fc.assert(
      fc.property(specArbitrary, spec => {
        const again = makePlan(carryOut(inputsOf(spec)))
        assert.deepEqual([again.steps, again.enrollments, again.conflicts, again.orphans], [[], [], [], []])
      }),
      { numRuns: 60 },
    )
  })

  it('has every step wait for steps before it only', () => {
    fc.assert(
      fc.property(specArbitrary, spec => {
        const before = new Set<string>()
        for (const { change, waitsFor } of makePlan(inputsOf(spec)).steps) {
          for (const address of waitsFor) assert.ok(before.has(address), `${change.address} waits for ${address}`)
          before.add(change.address)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('is the same to the byte, in whatever order its inputs come', () => {
    const snapshot = snapshotOf({ stack: article.topology.stack, entities: article.topology.entities.slice(0, 12) })
    const mixed = {
      ...article,
      snapshot: { ...snapshot, entities: new Map([...snapshot.entities].reverse()) },
      topology: {
        ...article.topology,
        entities: [...article.topology.entities].reverse(),
        enrollments: [...article.topology.enrollments].reverse(),
      },
    }
    assert.equal(JSON.stringify(makePlan(mixed)), JSON.stringify(makePlan({ ...article, snapshot })))
  })

  it('is the same to the byte, whether what is there was compared beforehand, or not', () => {
    const states = fc.array(fc.constantFrom('same', 'same', 'same', ...disturbances), { minLength: 5, maxLength: 50 })
    const choice = fc.constantFrom('none', 'all', 'item', 'address')
    const choices = fc.record({ prune: choice, adopt: choice, target: choice, isTwice: fc.boolean() })
    fc.assert(
      fc.property(fc.oneof(specArbitrary, scrapingSpecArbitrary), states, choices, (spec, marks, chosen) => {
        const done = carryOut(inputsOf(spec))
        const [first] = done.topology.entities
        const listed = [...done.snapshot.entities.values()].flatMap((one, at) =>
          disturbed(one, marks[at % marks.length] ?? 'same'),
        )
        if (first !== undefined) listed.push(observedOf({ ...first, name: 'left-over' }, done.topology.stack))
        // No controller has two of one name; whatever answers so, what it says last counts.
        if (chosen.isTwice) listed.push(...listed.slice(0, 2).map(one => ({ ...one, id: 'twice', owner: undefined })))
        const inputs = {
          ...done,
          ...choicesOf(chosen, first),
          snapshot: { ...done.snapshot, entities: byAddress(listed) },
        }
        const comparison = createComparison(inputs.topology)
        for (const one of listed) comparison.take([one])
        const settled = comparison.settled(inputs.snapshot)
        assert.equal(settled === undefined, chosen.isTwice && listed.length > 0)
        assert.equal(JSON.stringify(makePlan({ ...inputs, settled })), JSON.stringify(makePlan(inputs)))
      }),
      { numRuns: 300 },
    )
  })

  it('needs to look at nothing again that was found to be as wanted', () => {
    const inputs = carryOut(article)
    const { topology, snapshot } = inputs
    const comparison = createComparison(topology)
    comparison.take([...snapshot.entities.values()].slice(0, 10))
    assert.equal(comparison.settled(snapshot), undefined)
    comparison.take([...snapshot.entities.values()].slice(10))
    const settled = comparison.settled(snapshot)
    assert.ok(topology.entities.every(one => settled?.has(one)))
    assert.deepEqual(makePlan({ ...inputs, settled }).orphans, [])
  })

  it('changes a field that differs, and shows it before and after', () => {
    const plan = planWith(someIdentity, wanted => ({
      ...wanted,
      fields: { ...wanted.fields, roleAttributes: ['other'] },
    }))
    assert.deepEqual(
      plan.steps.map(({ change }) => change.action === 'update' && change.fields),
      [
        [
          {
            field: 'roleAttributes',
            before: ['other'],
            after: someIdentity?.kind === 'identity' ? someIdentity.fields.roleAttributes : [],
            cause: 'spec',
          },
        ],
      ],
    )
  })

  it('is in conflict with an entity that nobody of us made, and touches nothing of it', () => {
    const conflicting = planWith(someIdentity, wanted => wanted, 'nobody')
    assert.deepEqual(
      conflicting.conflicts.map(({ address }) => address),
      [addressOf(required(someIdentity))],
    )
    assert.match(conflicting.conflicts[0]?.reason ?? '', /not made by zprom/)
    assert.deepEqual(conflicting.steps, [])
  })

  it('is in conflict with an entity of another stack, and names that stack', () => {
    const conflicting = planWith(someIdentity, wanted => wanted, 'theirs')
    assert.match(conflicting.conflicts[0]?.reason ?? '', /belongs to the stack "theirs"/)
  })

  it("is in conflict where a config's type differs, for that can't be changed", () => {
    const plan = planWith(someConfig, wanted => ({ ...wanted, fields: { ...wanted.fields, configType: 'host.v2' } }))
    assert.match(plan.conflicts[0]?.reason ?? '', /configType is host\.v2 and must be/)
    assert.deepEqual(plan.steps, [])
  })

  it('keeps and names what is ours but no longer wanted; what others made is invisible', () => {
    const [wanted] = inputsOf({ clusters: [{ name: 'gone', prometheus: 'dark' }] }).topology.entities
    const ours = observedOf(required(wanted), article.topology.stack)
    const theirs = { ...ours, name: 'theirs', owner: undefined }
    const plan = makePlan({ ...article, snapshot: emptySnapshot({ entities: byAddress([ours, theirs]) }) })
    assert.deepEqual(plan.orphans, [addressOf(ours)])
  })

  it('says so when no policy joins anything to an edge router, unless the spec owns them', () => {
    const snapshot = emptySnapshot({ routerPolicies: { identities: false, services: false } })
    assert.match(makePlan({ ...article, snapshot }).notices[0]?.reason ?? '', /nothing can be dialled/)
    const owning = inputsOf({ ...articleSpec, overlay: { routerPolicies: 'own' } }, { snapshot })
    assert.deepEqual(makePlan(owning).notices, [])
  })

  it('has another basis for another snapshot', () => {
    const { basis } = makePlan(article)
    assert.equal(makePlan(inputsOf(articleSpec)).basis, basis)
    assert.notEqual(makePlan({ ...article, snapshot: snapshotOf(article.topology) }).basis, basis)
  })

  it('refuses a topology that names what nobody makes', () => {
    const topology = { ...article.topology, entities: article.topology.entities.filter(one => one !== someConfig) }
    assert.throws(() => makePlan({ ...article, topology }), /names what it does not make/)
  })
})

// The article, built, but for one entity that is there in another form or of another owner.
function planWith(
  wanted: Wanted | undefined,
  change: (wanted: Wanted) => unknown,
  owner: 'us' | 'nobody' | 'theirs' = 'us',
): Plan {
  const entity = required(wanted)
  const { stack } = article.topology
  const built = snapshotOf(article.topology)
  const entities = new Map(built.entities)
  const maker = { us: stack, nobody: undefined, theirs: 'theirs' }[owner]
  entities.set(addressOf(entity), observedOf(change(entity) as Wanted, maker))
  return makePlan({ ...article, snapshot: { ...built, entities } })
}

function countEnrollments({ enrollments }: Plan): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { action } of enrollments) counts[action] = (counts[action] ?? 0) + 1
  return counts
}

function required<T>(value: T | undefined): T {
  assert.ok(value !== undefined)
  return value
}

const disturbances = ['changed', 'gone', 'foreign', 'other', 'older', 'shrunk'] as const

// What others, or earlier versions, may have made of an entity; none when it is gone.
function disturbed(one: Observed, how: string): Observed[] {
  const { owner } = one
  if (owner === undefined) return [one]
  const { item: _item, written: _written, ...old } = owner
  switch (how) {
    case 'changed':
      return [changed(one)]
    case 'gone':
      return []
    case 'foreign':
      return [{ ...one, owner: undefined }]
    case 'other':
      return [{ ...one, owner: { ...owner, stack: 'another' } }]
    case 'older':
      return [{ ...one, owner: old }]
    case 'shrunk':
      return [{ ...one, owner: { ...owner, item: '00000000' } }]
    default:
      return [one]
  }
}

function changed(one: Observed): Observed {
  switch (one.kind) {
    case 'config':
      return { ...one, fields: { ...one.fields, data: {} } }
    case 'identity':
      return { ...one, fields: { ...one.fields, roleAttributes: ['x'] } }
    case 'service':
      return { ...one, fields: { ...one.fields, roleAttributes: ['x'] } }
    case 'service-policy':
      return { ...one, fields: { ...one.fields, semantic: 'AllOf' } }
    case 'edge-router-policy':
      return { ...one, fields: { ...one.fields, semantic: 'AllOf' } }
    case 'service-edge-router-policy':
      return { ...one, fields: { ...one.fields, semantic: 'AllOf' } }
  }
}

type Chosen = Readonly<Record<'prune' | 'adopt' | 'target', string>>

// What flags may say, with the first item of a spec, or its first entity, for a word.
function choicesOf({ prune, adopt, target }: Chosen, first: Wanted | undefined): Partial<EnrollmentInputs> {
  const words = (choice: string) =>
    new Set<string>(first === undefined ? [] : [choice === 'item' ? first.origin : addressOf(first)])
  return {
    ...(prune === 'all' && { prune: { enrolledToo: true } }),
    ...(prune === 'item' && { prune: { enrolledToo: false, of: first?.origin ?? 'local' } }),
    ...(prune === 'address' && { prune: { enrolledToo: true, only: words(prune) } }),
    ...(adopt === 'all' && { adopt: 'all' as const }),
    ...((adopt === 'item' || adopt === 'address') && { adopt: words(adopt) }),
    ...((target === 'item' || target === 'address') && { target: words(target) }),
  }
}
