import assert from 'node:assert/strict'
import fc from 'fast-check'
import { createIdBook } from '../../src/apply/ids.js'
import { ControllerError } from '../../src/errors.js'
import { asRaw, kindOf, kinds, text, texts } from '../../src/kinds/index.js'
import { ownerOf, tagsOf } from '../../src/kinds/tags.js'
import { addressOf } from '../../src/model/entity.js'
import { inputsOf, snapshotOf } from '../support/plan-builder.js'
import { specArbitrary } from '../support/spec-builder.js'

describe('a kind', () => {
  it('gives back what it was given: normal form, to the API, as JSON, and back', () => {
    fc.assert(
      fc.property(specArbitrary, spec => {
        const { topology } = inputsOf({ ...spec, overlay: { routerPolicies: 'own' } })
        const { idOf, nameOf } = createIdBook(snapshotOf(topology))
        for (const { kind, fields, name } of topology.entities) {
          const sent = JSON.parse(JSON.stringify(kindOf(kind).toApi(fields, idOf)))
          assert.deepEqual(kindOf(kind).fromApi(sent, nameOf), fields, addressOf({ kind, name }))
        }
      }),
      { numRuns: 40 },
    )
  })

  it('takes null, an empty list and an absent member for the same thing', () => {
    const nobody = () => undefined
    const rows = {
      'service-policy': { type: 'Dial', semantic: 'AnyOf' },
      'edge-router-policy': { semantic: 'AnyOf' },
      service: {},
      identity: {},
    } as const
    for (const [name, row] of Object.entries(rows)) {
      const kind = kindOf(name as keyof typeof rows)
      const lists = [
        'roleAttributes',
        'configs',
        'serviceRoles',
        'identityRoles',
        'edgeRouterRoles',
        'postureCheckRoles',
      ]
      const as = (value: unknown) =>
        kind.fromApi({ ...row, ...Object.fromEntries(lists.map(list => [list, value])) }, nobody)
      assert.deepEqual(as(null), as([]))
      assert.deepEqual(kind.fromApi(row, nobody), as([]))
    }
  })

  it('leaves a role of somebody unknown as the controller gives it', () => {
    const raw = { semantic: 'AllOf', edgeRouterRoles: ['@r9', '#all'], identityRoles: ['@i1'] }
    const fields = kindOf('edge-router-policy').fromApi(raw, (_kind, id) => (id === 'i1' ? 'dev.client' : undefined))
    assert.deepEqual(fields, { semantic: 'AllOf', edgeRouterRoles: ['#all', '@r9'], identityRoles: ['@dev.client'] })
  })

  it('refuses an answer of another form, naming the member and not its value', () => {
    const broken = [
      () => kindOf('service-policy').fromApi({ type: 'secret', semantic: 'AnyOf' }, () => undefined),
      () => texts({ configs: 'secret' }, 'configs', 'service'),
      () => text({ name: 7 }, 'name', 'service'),
      () => asRaw([], 'service'),
    ]
    for (const read of broken) {
      assert.throws(
        read,
        error =>
          error instanceof ControllerError && /^unexpected answer/.test(error.message) && !/secret/.test(error.message),
      )
    }
  })

  it('stands after the kinds that it can need', () => {
    const order = kinds.map(({ name }) => name)
    const { topology } = inputsOf({
      clusters: [{ name: 'kubeA', prometheus: 'tunneled' }],
      overlay: { routerPolicies: 'own' },
    })
    for (const { kind, fields } of topology.entities) {
      for (const need of kindOf(kind).needs(fields)) {
        const needed = order.findIndex(name => need.startsWith(`${name}/`))
        assert.ok(needed < order.indexOf(kind), `${kind} needs ${need}`)
      }
    }
  })
})

describe('the tags of an owner', () => {
  it('are texts under keys that every version can filter by, and read back', () => {
    const fields = { isAdmin: false, roleAttributes: ['a'] }
    const tags = tagsOf('stack', { origin: 'cluster/kubeA', name: 'x', fields, item: '01234567' })
    for (const [key, value] of Object.entries(tags)) assert.ok(/^[a-z_]+$/.test(key) && typeof value === 'string')
    const { written, ...rest } = ownerOf(tags) ?? {}
    assert.deepEqual(rest, { stack: 'stack', origin: 'cluster/kubeA', format: '1', item: '01234567' })
    assert.match(String(written), /^isAdmin:[0-9a-f]{8} name:[0-9a-f]{8} roleAttributes:[0-9a-f]{8}$/)
  })

  it('of an earlier version lack the fingerprints, and are read all the same', () => {
    const tags = { zprom_stack: 'stack', zprom_address: 'cluster/kubeA', zprom_format: '1' }
    assert.deepEqual(ownerOf(tags), { stack: 'stack', origin: 'cluster/kubeA', format: '1' })
  })

  it('are nobody of ours when they are absent or of another form', () => {
    for (const tags of [{}, { zprom_stack: 3 }, { other: 'x' }]) assert.equal(ownerOf(tags), undefined)
  })
})
