import assert from 'node:assert/strict'
import fc from 'fast-check'
import { UsageError } from '../../src/errors.js'
import { addTarget, removeTarget } from '../../src/spec/edit-targets.js'
import { parseSpec } from '../../src/spec/parse.js'
import { assertKept, commentsOf } from '../support/kept.js'
import { layoutArbitrary, specArbitrary, specOf } from '../support/spec-builder.js'

const file = 'zprom.yaml'
const node1 = { name: 'node1', address: '10.0.0.5:9100', hostedBy: 'lab.tunneler' }

describe('addTarget', () => {
  it('writes only what is not the default', () => {
    const target = { ...node1, path: '/metrics', scheme: 'http', clients: 'node1-clients' } as const
    assert.equal(
      addTarget('stack: x\n', target, file).text,
      'stack: x\ntargets:\n  - name: node1\n    address: 10.0.0.5:9100\n    hostedBy: lab.tunneler\n',
    )
    const secure = { ...node1, scheme: 'https', serverName: 'node1.lab', caFile: '/etc/ca.pem' } as const
    assert.match(
      addTarget('', secure, file).text,
      / {4}scheme: https\n {4}serverName: node1\.lab\n {4}caFile: \/etc\/ca\.pem\n$/,
    )
  })

  it('changes nothing when it is there with the same settings', () => {
    const { text } = addTarget('targets: [] # none\n', { ...node1, path: '/m' }, file)
    assert.equal(
      text,
      'targets: # none\n  - name: node1\n    address: 10.0.0.5:9100\n    hostedBy: lab.tunneler\n    path: /m\n',
    )
    assert.deepEqual(addTarget(text, node1, file), { text, changed: false })
  })

  it('refuses one that is there with other settings, and says where', () => {
    const { text } = addTarget('', node1, file)
    assert.throws(
      () => addTarget(text, { ...node1, address: 'h:1', caFile: '/ca' }, file),
      new UsageError(
        'node1 is already in zprom.yaml:2 with address: 10.0.0.5:9100, with caFile: none; edit the file to change it',
      ),
    )
  })

  it('refuses a name that is taken or cannot be, and an address with more than host and port', () => {
    const clusters = 'clusters: [{name: kubeA, prometheus: dark}]\n'
    assert.throws(() => addTarget(clusters, { ...node1, name: 'kubeA.reflect' }, file), {
      name: 'UsageError',
      message: /but the workload reflect of kubeA has that already$/,
    })
    assert.throws(() => addTarget('', { ...node1, name: 'node-1' }, file), {
      name: 'UsageError',
      hint: 'Write "node1".',
    })
    assert.throws(() => addTarget('', { ...node1, address: 'http://10.0.0.5:9100/metrics' }, file), {
      name: 'UsageError',
      message: /without http:\/\/ and without a path$/,
      hint: 'Write "10.0.0.5:9100".',
    })
  })
})

describe('removeTarget', () => {
  it('takes it out, and leaves `[]` of the last', () => {
    const text =
      'targets: # all\n  - name: n1\n    address: h:1\n    hostedBy: h\n  # two\n  - {name: n2, address: "h:2", hostedBy: h}\n'
    const left = removeTarget(text, 'n1', file).text
    assert.equal(left, 'targets: # all\n  # two\n  - {name: n2, address: "h:2", hostedBy: h}\n')
    assert.equal(removeTarget(left, 'n2', file).text, 'targets: [] # all\n  # two\n')
  })

  it('changes nothing when there is none', () => {
    assert.deepEqual(removeTarget('stack: x\n', 'n', file), { text: 'stack: x\n', changed: false })
  })

  it('refuses while somebody scrapes it, and says who', () => {
    const text =
      'clusters: [{name: k, prometheus: dark, scrape: [n]}]\nlocal: {scrape: [n]}\ntargets: [{name: n, address: "h:1", hostedBy: h}]\n'
    assert.throws(
      () => removeTarget(text, 'n', file),
      new UsageError('n cannot be removed from zprom.yaml: it is scraped by k, local'),
    )
  })
})

describe('an edit of targets, in any layout', () => {
  it('adds the target, keeps all else, does nothing the second time, and undoes it', () => {
    fc.assert(
      fc.property(
        specArbitrary.chain(input => layoutArbitrary({ ...input, targets: [{ ...node1, name: 'other' }] })),
        text => {
          const edited = addTarget(text, node1, file)
          const before = parseSpec(text, file)
          const [added] = specOf({ targets: [node1] }).targets
          assert.deepEqual(parseSpec(edited.text, file), { ...before, targets: [...before.targets, added] })
          assertKept(text, edited)
          assert.deepEqual(addTarget(edited.text, node1, file), { text: edited.text, changed: false })
          const removed = removeTarget(edited.text, 'node1', file)
          assert.deepEqual(parseSpec(removed.text, file), before)
          assert.deepEqual(commentsOf(removed.text), commentsOf(text))
        },
      ),
      { numRuns: 40 },
    )
  })
})
