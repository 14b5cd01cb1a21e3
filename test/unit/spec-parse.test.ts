import assert from 'node:assert/strict'
import fc from 'fast-check'
import { SpecError } from '../../src/errors.js'
import { parseSpec } from '../../src/spec/parse.js'
import { layoutArbitrary, problemsOf, specArbitrary, specOf } from '../support/spec-builder.js'

describe('parseSpec', () => {
  it('fills in every default', () => {
    assert.deepEqual(parseSpec('clusters:\n  - name: kubeA\n    prometheus: tunneled\n', 'zprom.yaml'), {
      scrapeForm: 'prometheuz',
      stack: 'zprom',
      overlay: { routerPolicies: 'existing', routers: ['#all'] },
      output: 'zprom-out',
      clusters: [
        {
          name: 'kubeA',
          prometheus: 'tunneled',
          namespace: 'default',
          releases: { prometheus: 'prometheuz', reflect: 'reflectz', zitiHost: 'ziti-host' },
          companions: false,
          workloads: [{ name: 'reflect', clients: 'reflectz-clients' }],
        },
      ],
      charts: {
        repository: 'https://openziti.io/helm-charts/',
        prometheus: '0.0.11',
        reflect: '0.3.9',
        zitiHost: '1.4.0',
      },
      targets: [],
      developers: [],
    })
  })

  it('says of a number which there may be', () => {
    for (const [value, told] of [
      ['0', '0 is not possible here. Write a whole number from 1 to 65535.'],
      ['70000', '70000 is not possible here. Write a whole number from 1 to 65535.'],
      ['1.5', 'must be a whole number, not 1.5'],
      ['web', 'must be a whole number, not the text "web"'],
    ]) {
      assert.throws(
        () => parseSpec(`local: {port: ${value}}\n`, 'zprom.yaml'),
        (error: Error) => error.message.endsWith(`zprom.yaml:1:15 local.port: ${told}`),
      )
    }
  })

  it('takes a file without a word, with comments alone, and keys with nothing after them', () => {
    for (const text of [
      '',
      '\n',
      '# nothing yet\n',
      '---\n',
      'clusters:\ndevelopers:\noverlay:\n  controller:\nstack:\n',
    ]) {
      assert.deepEqual(parseSpec(text, 'zprom.yaml'), specOf(), text)
    }
  })

  it('takes a byte order mark, Windows line ends, JSON, anchors and aliases', () => {
    assert.equal(parseSpec('\uFEFFstack: a\r\noutput: b\r\n', 'f').output, 'b')
    assert.equal(parseSpec('{"stack": "a"}', 'f').stack, 'a')
    const text = `clusters:\n  - {name: a, prometheus: dark, releases: &r {reflect: x}}\n  - {name: b, prometheus: dark, releases: *r}\n`
    assert.equal(parseSpec(text, 'f').clusters[1]?.releases.reflect, 'x')
  })

  it('derives who may dial a workload from its name', () => {
    const text =
      'clusters: [{name: a, prometheus: dark, workloads: [reflect, shop, {name: db}, {name: x, clients: y}]}]'
    assert.deepEqual(
      parseSpec(text, 'f').clusters[0]?.workloads.map(workload => workload.clients),
      ['reflectz-clients', 'shop-clients', 'db-clients', 'y'],
    )
  })

  it('keeps scheme, host and port of the controller', () => {
    assert.equal(
      parseSpec('overlay: {controller: "https://Ctrl.example:1280/"}', 'f').overlay.controller,
      'https://ctrl.example:1280',
    )
  })

  it('reads every layout of a spec alike', () => {
    const laidOut = specArbitrary.chain(input => layoutArbitrary(input).map(text => ({ input, text })))
    fc.assert(fc.property(laidOut, ({ input, text }) => assert.deepEqual(parseSpec(text, 'f'), specOf(input))))
  })
})

describe('the problems of a spec', () => {
  it('come all at once, in the order of the text, with line, column, path and suggestion', () => {
    const text = [
      'stak: article',
      'clusters:',
      '  - name: kube-a',
      '    promethius: tunneled',
      '  - name: kubeB',
      '    prometheus: tunnelled',
      'developers:',
      '  - name: kubeB.reflect.id',
      '    enroll: yes',
    ].join('\n')
    const found = problemsOf(text).map(({ line, column, path, suggestion }) => [line, column, path, suggestion])
    assert.deepEqual(found, [
      [1, 1, 'stak', 'Did you mean "stack"?'],
      [3, 5, 'clusters[0].prometheus', undefined],
      [3, 11, 'clusters[0].name', 'Write "kubea".'],
      [4, 5, 'clusters[0].promethius', 'Did you mean "prometheus"?'],
      [6, 17, 'clusters[1].prometheus', 'Did you mean "tunneled"?'],
      [8, 11, 'developers[0].name', undefined],
      [9, 13, 'developers[0].enroll', 'Write `enroll: true` or `enroll: false`.'],
    ])
    assert.ok(problemsOf(text).every(({ file }) => file === 'zprom.yaml'))
  })

  const worded: Record<string, [text: string, place: string, message: RegExp]> = {
    'a missing Prometheus': [
      'clusters: [{name: a}]',
      '1:12',
      /^missing: every cluster needs `prometheus: tunneled` or `prometheus: dark`$/,
    ],
    'a missing cluster name': ['clusters: [{prometheus: dark}]', '1:12', /^missing: every cluster needs `name: /],
    'a missing developer name': ['developers:\n  - enroll: true', '2:5', /^missing: every developer needs `name: /],
    'a missing workload name': [
      'clusters: [{name: a, prometheus: dark, workloads: [{}]}]',
      '1:52',
      /^missing: a workload needs `name: /,
    ],
    'an empty item': ['developers:\n  -\n', '2:4', /^an empty item in the list$/],
    'a number for a name': ['stack: 12', '1:8', /^must be text, not 12\.$/],
    'text for a list': ['clusters: kubeA', '1:11', /^must be a list, not the text "kubeA"\.$/],
    'a list for a map': ['overlay:\n  - a', '2:3', /^must be a map, not a list\.$/],
    'a number for a workload': [
      'clusters: [{name: a, prometheus: dark, workloads: [5]}]',
      '1:52',
      /^must be text or a map, not 5\.$/,
    ],
    'a list for a word': ['overlay: {routerPolicies: [own]}', '1:27', /^a list is not possible here\.$/],
    'an unknown key in a workload': [
      'clusters: [{name: a, prometheus: dark, workloads: [{name: b, client: c}]}]',
      '1:62',
      /^unknown key "client"\.$/,
    ],
    'a list at the top': ['- name: kubeA', '1:1', /^a spec is a map of keys and values, not a list\.$/],
    'a word at the top': ['kubeA', '1:1', /^a spec is a map of keys and values, not a single value\.$/],
    'no routers at all': ['overlay: {routers: []}', '1:20', /^the list is empty/],
    'a router role without #': ['overlay: {routers: [public]}', '1:21', /cannot be a role of edge routers/],
    'controller and profile': [
      'overlay: {controller: "https://a", profile: b}',
      '1:45',
      /^`controller` and `profile` are both there/,
    ],
    'a controller without scheme': ['overlay: {controller: "ctrl:1280"}', '1:23', /it begins with https:\/\/\.$/],
    'a login in the URL': [
      'overlay: {controller: "https://admin:secret@ctrl"}',
      '1:23',
      /^the URL of the controller must not hold a login/,
    ],
    'a path in the URL': ['overlay: {controller: "https://ctrl/edge"}', '1:23', /says too much/],
    'a release for helm to refuse': [
      'clusters: [{name: a, prometheus: dark, releases: {reflect: Reflect}}]',
      '1:60',
      /^"Reflect" cannot be a helm release name because of "R"/,
    ],
    'a long release of Prometheus': [
      `clusters: [{name: a, prometheus: dark, releases: {prometheus: ${'p'.repeat(46)}}}]`,
      '1:63',
      /46 characters, where 45 are possible$/,
    ],
    'two releases with one name': [
      'clusters: [{name: a, prometheus: dark, releases: {reflect: prometheuz}}]',
      '1:60',
      /^the release "prometheuz" is there already/,
    ],
    'a cluster twice': [
      'clusters: [{name: a, prometheus: dark}, {name: a, prometheus: dark}]',
      '1:48',
      /^the cluster "a" is there already, at clusters\[0\]\.name$/,
    ],
    'clusters that differ in case': [
      'clusters: [{name: a, prometheus: dark}, {name: A, prometheus: dark}]',
      '1:48',
      /DNS names, which know no upper and lower case$/,
    ],
    'a developer twice': ['developers: [{name: a}, {name: a}]', '1:32', /^the developer "a" is there already/],
    'a workload twice': [
      'clusters: [{name: a, prometheus: dark, workloads: [x, {name: x}]}]',
      '1:62',
      /^the workload "x" is there already, at clusters\[0\]\.workloads\[0\]$/,
    ],
    'a workload named prometheus': [
      'clusters: [{name: a, prometheus: dark, workloads: [Prometheus]}]',
      '1:52',
      /^a workload cannot be named "Prometheus"/,
    ],
    'a workload for everybody': [
      'clusters: [{name: a, prometheus: dark, workloads: [{name: x, clients: all}]}]',
      '1:71',
      /every identity dial/,
    ],
    'a developer with the name of an identity': [
      'clusters: [{name: a, prometheus: dark}]\ndevelopers: [{name: a.prometheus.id}]',
      '2:21',
      /^the developer a\.prometheus\.id needs the identity a\.prometheus\.id, but the cluster a has that already$/,
    ],
    'a workload with the name of a scrape service': [
      'clusters: [{name: a, prometheus: dark, workloads: [reflect, reflect.scrape]}]',
      '1:61',
      /needs the service a\.reflect\.scrape\.svc/,
    ],
    'a cluster with the name of a workload before it': [
      'clusters: [{name: a, prometheus: dark, workloads: [b.prometheus]}, {name: a.b, prometheus: dark}]',
      '1:75',
      /^the cluster a\.b needs the identity a\.b\.prometheus\.id/,
    ],
    'intercepts that differ in case': [
      'clusters: [{name: a, prometheus: dark, workloads: [b.c]}, {name: A.b, prometheus: dark, workloads: [c]}]',
      '1:101',
      /needs the intercept address A\.b\.c\.svc\.ziti/,
    ],
    'an intercept too long for DNS': [
      `clusters: [{name: ${Array(3).fill('a'.repeat(60)).join('.')}, prometheus: dark, workloads: [${'b'.repeat(60)}]}]`,
      '1:233',
      /where DNS allows 253\.$/,
    ],
    'an unclosed quote': [
      'clusters:\n  - name: "kubeA\n    prometheus: dark\n',
      '2:11',
      /^a quote is opened here and not closed$/,
    ],
    'a tab': ['clusters:\n\t- name: a\n', '2:1', /^a tab is used for indentation/],
    'a key twice': ['stack: a\nstack: b\n', '2:1', /^the key "stack" is there twice in one map\.$/],
    'two documents': ['stack: a\n---\nstack: b\n', '2:1', /^a second YAML document begins here/],
    'an alias to nowhere': ['stack: *x', '1:8', /^the alias "\*x" has no anchor before it$/],
    'a tag': ['stack: !secret x', '1:8', /^the tag "!secret" means nothing in a spec\.$/],
    bytes: ['stack: !!binary aGk=', '1:8', /^the tag "!!binary" means nothing/],
    'a list as a key': ['? [a]\n: b', '1:3', /^a key must be a plain word$/],
    'a character that is not UTF-8': ['stack: a\n# f\uFFFDr\n', '2:4', /^a character here is not UTF-8\.$/],
    'a control character': ['stack: a\n\u0000', '2:1', /^a control character stands here/],
    'a flood of aliases': [
      `x: &a [1,1]\ny: &b [${Array(60).fill('*a')}]\nz: [${Array(60).fill('*b')}]`,
      '1:1',
      /^the aliases of this file unfold into too much data/,
    ],
    'an unknown key behind a byte order mark': ['\uFEFFstak: a', '1:1', /^unknown key "stak"\.$/],
    'a key from a later version': ['bridge: {}', '1:1', /^unknown key "bridge"\.$/],
  }
  for (const [what, [text, place, message]] of Object.entries(worded)) {
    it(`name ${what}, and where it stands`, () => {
      const problems = problemsOf(text)
      const match = problems.find(problem => message.test(problem.message))
      assert.ok(match !== undefined, JSON.stringify(problems, null, 1))
      assert.equal(`${match.line}:${match.column}`, place)
    })
  }

  it('hide nothing behind a key that is there twice', () => {
    assert.deepEqual(
      problemsOf('stack: a\nstack: b\nclusters: [{name: a}]').map(({ line }) => line),
      [2, 3],
    )
  })

  it('point at an alias where it is used', () => {
    assert.deepEqual(
      problemsOf('developers: [&d {name: a}, *d]').map(({ line, path }) => [line, path]),
      [[1, 'developers[1].name']],
    )
  })

  it('end for data that contains itself', () => {
    assert.ok(problemsOf('clusters: &a [*a]').length > 0)
  })

  it('come for text that is nested without end', () => {
    for (const part of ['[', '{a: ', '- ', '? ', '{', '"', '&a ', '!!x ', 'a:\n ']) {
      assert.ok(problemsOf(part.repeat(3000)).length > 0, part)
    }
    const stairs = Array.from({ length: 400 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')
    assert.match(problemsOf(stairs)[0]?.message ?? '', /nested too deeply/)
  })

  it('are hundreds when hundreds of things are wrong', () => {
    const text = `clusters:\n${'  - {nam: a, prometheus: darc}\n'.repeat(500)}`
    assert.equal(problemsOf(text).length, 1500)
  })

  it('are all that arbitrary text can cause', () => {
    const token = fc.constantFrom(
      ...[
        'stack',
        'clusters',
        'name',
        'prometheus',
        'dark',
        ': ',
        '- ',
        '\n',
        '  ',
        '[',
        ']',
        '{',
        '}',
        ', ',
        '"',
        "'",
      ],
      ...[
        '#',
        '&a ',
        '*a ',
        '!x ',
        '|\n',
        '>\n',
        '? ',
        '---\n',
        '...\n',
        '\t',
        '%',
        '<<',
        'null',
        '~',
        '1',
        '__proto__',
      ],
    )
    const yamlish = fc.array(token, { maxLength: 60 }).map(tokens => tokens.join(''))
    fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary' }), yamlish), isSpecOrProblems), { numRuns: 300 })
  })

  it('are all that a damaged spec can cause', () => {
    const damaged = specArbitrary.chain(layoutArbitrary).chain(text =>
      fc
        .record({
          at: fc.nat(text.length),
          remove: fc.nat(12),
          insert: fc.constantFrom('', '"', '\t', ' ', ':', '\n', '[', '}', '*a', '-', 'é'),
        })
        .map(({ at, remove, insert }) => text.slice(0, at) + insert + text.slice(at + remove)),
    )
    fc.assert(fc.property(damaged, isSpecOrProblems), { numRuns: 60 })
  })
})

// Every problem is for a person, inside the text.
function isSpecOrProblems(text: string): void {
  try {
    parseSpec(text, 'f')
  } catch (error) {
    assert.ok(error instanceof SpecError, String(error))
    assert.ok(error.problems.length > 0)
    const lines = text.split(/\n/).length
    for (const { line, column, message } of error.problems) {
      assert.ok(line >= 1 && line <= lines && column >= 1, `${line}:${column} of ${lines}`)
      if (message.startsWith('not valid YAML: ')) continue
      assert.doesNotMatch(message, /Invalid input|expected|undefined|Unrecognized|\[object/)
    }
  }
}
