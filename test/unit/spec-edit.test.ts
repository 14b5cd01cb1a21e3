import assert from 'node:assert/strict'
import fc from 'fast-check'
import { SpecError, UsageError } from '../../src/errors.js'
import { addCluster, addDeveloper, addLocal, ownRouterPolicies } from '../../src/spec/edit.js'
import { newSpec } from '../../src/spec/new-spec.js'
import { parseSpec } from '../../src/spec/parse.js'
import type { ClusterInput } from '../../src/spec/schema.js'
import { assertKept } from '../support/kept.js'
import { clusterArbitrary, layoutArbitrary, specArbitrary, specOf } from '../support/spec-builder.js'

const kubeA = { name: 'kubeA', prometheus: 'tunneled' } as const
const file = 'zprom.yaml'

const laidOut = `# ours
stack:   'article'   # q

clusters:   # all of them
- name: "kubeB" # b
  prometheus:   dark
  # namespace: x

# people
developers: []   # none yet

# the end`

describe('newSpec', () => {
  it('begins a file with what the caller knows', () => {
    const text = newSpec({ stack: 'article', overlay: { profile: 'work' } })
    assert.match(text, /^# What zprom keeps/)
    assert.deepEqual(parseSpec(text, file), specOf({ stack: 'article', overlay: { profile: 'work' } }))
  })
})

describe('addCluster', () => {
  it('begins a new file when there is none', () => {
    const { text, changed } = addCluster(undefined, kubeA, file)
    assert.equal(changed, true)
    assert.match(text, /^#.*\nstack: zprom\nclusters:\n {2}- name: kubeA\n {4}prometheus: tunneled\n$/s)
  })

  it('writes only what is not the default', () => {
    const cluster: ClusterInput = {
      ...kubeA,
      namespace: 'default',
      releases: { prometheus: 'prometheuz', reflect: 'r1' },
      workloads: ['reflect'],
    }
    assert.equal(
      addCluster('', cluster, file).text,
      'clusters:\n  - name: kubeA\n    prometheus: tunneled\n    releases:\n      reflect: r1\n',
    )
  })

  it('keeps every other line byte for byte', () => {
    const added = '- name: kubeA\n  prometheus: tunneled\n'
    assert.equal(
      addCluster(laidOut, kubeA, file).text,
      laidOut.replace('\n# people', `\n# people`).replace('  # namespace: x\n', `  # namespace: x\n${added}`),
    )
  })

  const layouts: Record<string, [before: string, after: string]> = {
    'a list in brackets': [
      'clusters: [{name: a, prometheus: dark}] # c\n',
      'clusters: [{name: a, prometheus: dark}, { name: kubeA, prometheus: tunneled }] # c\n',
    ],
    'an empty list': [
      'clusters: []  # none\nstack: x\n',
      'clusters:  # none\n  - name: kubeA\n    prometheus: tunneled\nstack: x\n',
    ],
    'a key with nothing but a commented example': [
      'clusters:\n  # - name: x\nstack: x\n',
      'clusters:\n  # - name: x\n  - name: kubeA\n    prometheus: tunneled\nstack: x\n',
    ],
    'a tilde': ['clusters: ~\n', 'clusters:\n  - name: kubeA\n    prometheus: tunneled\n'],
    JSON: [
      '{"clusters":[{"name":"a","prometheus":"dark"}]}',
      '{"clusters":[{"name":"a","prometheus":"dark"}, {"name":"kubeA","prometheus":"tunneled"}]}',
    ],
    'Windows line ends and blank lines between items': [
      'clusters:\r\n  - name: a\r\n    prometheus: dark\r\n\r\n  - name: b\r\n    prometheus: dark\r\n',
      'clusters:\r\n  - name: a\r\n    prometheus: dark\r\n\r\n  - name: b\r\n    prometheus: dark\r\n\r\n  - name: kubeA\r\n    prometheus: tunneled\r\n',
    ],
    'a file without a last line end': ['stack: x', 'stack: x\nclusters:\n  - name: kubeA\n    prometheus: tunneled\n'],
    'a byte order mark': ['\uFEFFclusters: []', '\uFEFFclusters:\n  - name: kubeA\n    prometheus: tunneled\n'],
    'deep indentation': [
      'clusters:\n      -   name: a\n          prometheus: dark\n',
      'clusters:\n      -   name: a\n          prometheus: dark\n      - name: kubeA\n        prometheus: tunneled\n',
    ],
    'an end of document': ['stack: x\n...\n', 'stack: x\nclusters:\n  - name: kubeA\n    prometheus: tunneled\n...\n'],
  }
  for (const [what, [before, after]] of Object.entries(layouts)) {
    it(`fits into ${what}`, () => assert.equal(addCluster(before, kubeA, file).text, after))
  }

  it('quotes a name that would read as something else', () => {
    assert.equal(parseSpec(addCluster('', { ...kubeA, name: '1e3' }, file).text, file).clusters[0]?.name, '1e3')
  })

  it('changes nothing when the cluster is there with the same settings', () => {
    const text = 'clusters: [{name: kubeA, prometheus: tunneled, namespace: mon}]'
    assert.deepEqual(addCluster(text, kubeA, file), { text, changed: false })
    assert.deepEqual(addCluster(text, { ...kubeA, namespace: 'mon', workloads: ['reflect'] }, file), {
      text,
      changed: false,
    })
  })

  it('refuses a cluster that is there with other settings, and says where', () => {
    const message = 'kubeB is already in zprom.yaml:5 as dark; edit the file to change it'
    assert.throws(() => addCluster(laidOut, { name: 'kubeB', prometheus: 'tunneled' }, file), new UsageError(message))
    const other: ClusterInput = {
      name: 'kubeB',
      prometheus: 'dark',
      namespace: 'mon',
      releases: { reflect: 'r' },
      workloads: ['x'],
    }
    assert.throws(() => addCluster(laidOut, other, file), {
      name: 'UsageError',
      message: /zprom\.yaml:5 in namespace default, with release reflect: reflectz, with workloads reflect; edit/,
    })
  })

  it('refuses a name that no cluster can have, and proposes another', () => {
    assert.throws(() => addCluster('', { ...kubeA, name: 'kube-a' }, file), {
      name: 'UsageError',
      message: /^the cluster kube-a cannot be added to zprom\.yaml: "kube-a" cannot be a cluster name because of "-"/,
      hint: 'Write "kubea".',
    })
  })

  it('refuses a cluster that gets in the way of another', () => {
    assert.throws(() => addCluster(laidOut, { name: 'KUBEB', prometheus: 'dark' }, file), UsageError)
  })

  it('refuses to touch a file that is no valid spec', () => {
    assert.throws(() => addCluster('clusters: [{name: a}]', kubeA, file), SpecError)
    assert.throws(() => addCluster('clusters: "', kubeA, file), SpecError)
  })

  it('gives the lines to add by hand where an edit would change something else', () => {
    const text = 'developers: &none []\nclusters: *none\n'
    assert.throws(() => addCluster(text, kubeA, file), {
      name: 'UsageError',
      message: /by hand at clusters\[0\]:$/,
      hint: 'name: kubeA\nprometheus: tunneled',
    })
  })
})

describe('addDeveloper', () => {
  it('fills an empty list and keeps its comment', () => {
    assert.equal(
      addDeveloper(laidOut, { name: 'd', enroll: true }, file).text,
      laidOut.replace('developers: []   # none yet\n', 'developers:   # none yet\n  - name: d\n    enroll: true\n'),
    )
  })

  it('changes nothing for a developer who is there', () => {
    const text = 'developers:\n  - name: d\n    enroll: true # yes\n'
    assert.deepEqual(addDeveloper(text, { name: 'd' }, file), { text, changed: false })
    assert.deepEqual(addDeveloper(text, { name: 'd', enroll: true }, file), { text, changed: false })
  })

  it('has a developer enrolled who was not', () => {
    const ask = (text: string) => addDeveloper(text, { name: 'd', enroll: true }, file)
    assert.deepEqual(ask('developers:\n  - name: d # me\n  - name: e\n'), {
      text: 'developers:\n  - name: d # me\n    enroll: true\n  - name: e\n',
      changed: true,
    })
    assert.equal(
      ask('developers:\n  - enroll: false # why\n    name: d\n').text,
      'developers:\n  - enroll: true # why\n    name: d\n',
    )
    assert.equal(ask('developers: [{name: d}, {name: e}]').text, 'developers: [{name: d, enroll: true}, {name: e}]')
    assert.equal(ask('developers:\n  - name: d\n    enroll:\n').text, 'developers:\n  - name: d\n    enroll: true\n')
  })

  it('refuses to take back what the file says', () => {
    assert.throws(() => addDeveloper('developers: [{name: d, enroll: true}]', { name: 'd', enroll: false }, file), {
      message: 'd is already in zprom.yaml:1 with enroll: true; edit the file to change it',
    })
  })
})

describe('addLocal', () => {
  it('writes only what is not the default', () => {
    assert.equal(addLocal('stack: x\n', {}, file).text, 'stack: x\nlocal: {}\n')
    assert.equal(addLocal('stack: x\n', { dark: false, port: 9090 }, file).text, 'stack: x\nlocal: {}\n')
    assert.equal(addLocal('', { dark: true }, file).text, 'local:\n  dark: true\n')
    assert.equal(addLocal('local: # soon\n', { port: 9191 }, file).text, 'local: # soon\n  port: 9191\n')
  })

  it('changes nothing when it is there with the same settings, or none are asked for', () => {
    const text = 'local: {dark: true, port: 9191}\n'
    for (const asked of [{}, { dark: true }, { port: 9191 }])
      assert.deepEqual(addLocal(text, asked, file), { text, changed: false })
  })

  it('refuses other settings, and says where', () => {
    const text = 'stack: x\nlocal:\n  port: 9191\n'
    assert.throws(() => addLocal(text, { dark: true, port: 9090 }, file), {
      name: 'UsageError',
      message:
        'the local Prometheus is already in zprom.yaml:2 with dark: false and with port: 9191; edit the file to change it',
    })
  })

  it('refuses what a target or a developer has already', () => {
    const developer = 'developers: [{name: local.prometheus.id}]\n'
    assert.throws(() => addLocal(developer, {}, file), {
      message: /needs the identity local\.prometheus\.id, but the local Prometheus has that already/,
    })
    const target = 'targets: [{name: local.prometheus, address: "h:1", hostedBy: h}]\n'
    assert.throws(() => addLocal(target, { dark: true }, file), UsageError)
  })
})

describe('ownRouterPolicies', () => {
  it('sets the one key, wherever it has to go', () => {
    const own = (text: string) => ownRouterPolicies(text, file).text
    assert.equal(own('stack: x\n'), 'stack: x\noverlay:\n  routerPolicies: own\n')
    assert.equal(
      own('overlay:\n  profile: p # mine\nstack: x\n'),
      'overlay:\n  profile: p # mine\n  routerPolicies: own\nstack: x\n',
    )
    assert.equal(own('overlay: {routerPolicies: existing} # c\n'), 'overlay: {routerPolicies: own} # c\n')
    assert.equal(own('overlay:\nstack: x\n'), 'overlay:\n  routerPolicies: own\nstack: x\n')
  })

  it('changes nothing the second time', () => {
    const { text } = ownRouterPolicies(laidOut, file)
    assert.deepEqual(ownRouterPolicies(text, file), { text, changed: false })
  })
})

describe('an edit in any layout', () => {
  const specs = specArbitrary.chain(input => layoutArbitrary(input))

  it('adds the cluster, keeps all else, and does nothing the second time', () => {
    fc.assert(
      fc.property(specs, clusterArbitrary, (text, given) => {
        const cluster = { ...given, name: `new.${given.name}`, workloads: given.workloads ?? [] }
        const edited = addCluster(text, cluster, file)
        const before = parseSpec(text, file)
        const [added] = specOf({ clusters: [cluster] }).clusters
        assert.deepEqual(parseSpec(edited.text, file), { ...before, clusters: [...before.clusters, added] })
        assertKept(text, edited)
        assert.deepEqual(addCluster(edited.text, cluster, file), { text: edited.text, changed: false })
      }),
      { numRuns: 30 },
    )
  })

  it('adds the developer and keeps all else', () => {
    fc.assert(
      fc.property(specs, fc.boolean(), (text, enroll) => {
        const edited = addDeveloper(text, { name: 'zoe', enroll }, file)
        const before = parseSpec(text, file)
        assert.deepEqual(parseSpec(edited.text, file), {
          ...before,
          developers: [...before.developers, { name: 'zoe', enroll }],
        })
        assertKept(text, edited)
      }),
      { numRuns: 30 },
    )
  })

  it('has any developer enrolled and keeps all else', () => {
    fc.assert(
      fc.property(specs, text => {
        const before = parseSpec(text, file)
        for (const { name } of before.developers) {
          const edited = addDeveloper(text, { name, enroll: true }, file)
          const developers = before.developers.map(one => (one.name === name ? { name, enroll: true } : one))
          assert.deepEqual(parseSpec(edited.text, file), { ...before, developers })
          assertKept(text, edited)
        }
      }),
      { numRuns: 30 },
    )
  })

  it('takes over the router policies and keeps all else', () => {
    fc.assert(
      fc.property(specs, text => {
        const edited = ownRouterPolicies(text, file)
        const before = parseSpec(text, file)
        assert.deepEqual(parseSpec(edited.text, file), {
          ...before,
          overlay: { ...before.overlay, routerPolicies: 'own' },
        })
        assertKept(text, edited)
      }),
      { numRuns: 30 },
    )
  })
})
