import assert from 'node:assert/strict'
import { problemsOf } from '../support/spec-builder.js'

const clusters = 'clusters:\n  - {name: kubeA, prometheus: tunneled}\n'

describe('what a spec says of scraping', () => {
  const worded: Readonly<Record<string, readonly [string, string, RegExp]>> = {
    'a scrape of what is not there': [
      `${clusters}local:\n  scrape:\n    - kubeA.reflekt\n`,
      '5:7',
      /nothing to scrape named "kubeA.reflekt".*Did you mean "kubeA.reflect"/s,
    ],
    'a scrape of the local Prometheus where it is not dark': [
      'clusters:\n  - {name: kubeA, prometheus: dark, scrape: [local.prometheus]}\nlocal: {}\n',
      '2:46',
      /not dark.*local: \{dark: true\}/s,
    ],
    'federation of what is no Prometheus': [
      `${clusters}local:\n  scrape:\n    - {target: kubeA.reflect, federate: true}\n`,
      '5:16',
      /"kubeA.reflect" is no Prometheus/,
    ],
    'two jobs of one name': [
      `${clusters}local:\n  scrape: [kubeA.reflect, {target: kubeA.prometheus, job: reflect-a}]\n`,
      '4:27',
      /a job named "reflect-a" is there already, at zprom.yaml:4/,
    ],
    ...Object.fromEntries(
      ['0s', '', '30', '1s1m', '1.5m', '1m 30s', '-5s', '0m0s'].map(interval => [
        `an interval of "${interval}"`,
        [
          `${clusters}local:\n  scrape: [{target: kubeA.reflect, interval: "${interval}"}]\n`,
          '4:46',
          /write numbers and their units|empty/,
        ] as const,
      ]),
    ),
    'an empty item where a name or a map may stand': [
      'clusters:\n  - {name: kubeA, prometheus: dark}\nlocal:\n  scrape:\n    - kubeA.reflect\n    -\n',
      '6:6',
      /an empty item in the list/,
    ],
    'an address with a scheme': [
      'targets:\n  - {name: n, address: "http://h:1/x", hostedBy: h}\n',
      '2:24',
      /without http.*Write "h:1"/s,
    ],
    'a port that is none': ['targets:\n  - {name: n, address: "h:70000", hostedBy: h}\n', '2:24', /names port 70000/],
    'a target name that no scrape target can hold': [
      'targets:\n  - {name: node-1, address: "h:1", hostedBy: h}\n',
      '2:12',
      /cannot be a target name because of "-"/,
    ],
    'a target that needs the service of a workload': [
      `${clusters}targets:\n  - {name: kubeA.reflect, address: "h:1", hostedBy: h}\n`,
      '4:12',
      /the target kubeA.reflect needs .*, but the workload reflect of kubeA has that already/,
    ],
    'two clusters in one namespace of one context': [
      'clusters:\n  - {name: a, prometheus: dark, context: k}\n  - {name: b, prometheus: dark, context: k}\n',
      '3:42',
      /a namespace takes one prometheus and one reflect release/,
    ],
    'two prometheus releases of one name in one context': [
      'clusters:\n  - {name: a, prometheus: dark, context: k}\n  - {name: b, prometheus: dark, context: k, namespace: n}\n',
      '3:42',
      /ClusterRole would be one for both/,
    ],
    'companions in a dark cluster': [
      'clusters:\n  - {name: a, prometheus: dark, companions: true}\n',
      '2:45',
      /listen in the cluster/,
    ],
    'a Secret for a ziti-host that is not there': [
      'clusters:\n  - {name: a, prometheus: dark, zitiHostSecret: {name: s}}\n',
      '2:49',
      /no ziti-host/,
    ],
  }
  for (const [what, [text, place, message]] of Object.entries(worded)) {
    it(`is refused for ${what}, at its place`, () => {
      const problems = problemsOf(text)
      const match = problems.find(one => message.test(`${one.message} ${one.suggestion ?? ''}`))
      assert.ok(match !== undefined, JSON.stringify(problems, null, 1))
      assert.equal(`${match.line}:${match.column}`, place)
    })
  }

  const toldOf = (text: string) => problemsOf(text).map(({ path }) => path)

  it('is judged together with a name that is refused', () => {
    const text =
      'clusters:\n  - {name: kube-A, prometheus: tunneled, scrape: [nowhere]}\nlocal: {scrape: [{target: gone.reflect}]}\n'
    assert.deepEqual(toldOf(text), ['clusters[0].name', 'clusters[0].scrape[0]', 'local.scrape[0].target'])
    const [, first] = problemsOf(text)
    assert.match(`${first?.message}`, /nothing to scrape named "nowhere"/)
    assert.equal(first?.suggestion, undefined, 'the refused name is none to suggest')
  })

  it('is never said to be left behind by a cluster that no spec can have had, nor shown as it is', () => {
    const text = (scraped: string) => `clusters:\n  - {name: kubeA, prometheus: tunneled, scrape: [${scraped}]}\n`
    const controls = problemsOf(text('"ku\\tbe\\e[2JB.reflect"')).map(({ suggestion }) => suggestion)
    assert.doesNotMatch(controls.join(' '), /was removed|[^ -~]/)
    assert.match(`${problemsOf(text('kubeB.reflect')).at(-1)?.suggestion}`, /If the cluster kubeB was removed/)
  })

  it('is not judged where another mistake leaves the names in doubt', () => {
    const cluster = '{name: kube-A, prometheus: tunneled, scrape: [kubeA.reflect, kube-A.prometheus]}'
    assert.deepEqual(
      toldOf(`clusters: [${cluster}]\n`).filter(path => path !== 'clusters[0].scrape[1]'),
      ['clusters[0].name'],
    )
    assert.deepEqual(toldOf('clustres: [{name: k, prometheus: dark}]\nlocal: {scrape: [k.reflect]}\n'), ['clustres'])
    assert.deepEqual(toldOf('clusters: [{prometheus: dark}]\nlocal: {scrape: [k.reflect]}\n'), ['clusters[0].name'])
    assert.deepEqual(toldOf('clusters: [{name: k, prometheus: dark, workloads: reflect}]\nlocal: {scrape: [k.x]}\n'), [
      'clusters[0].workloads',
    ])
  })

  it('is taken for clusters that share a context or a namespace, but not both', () => {
    assert.deepEqual(
      problemsOf(
        'clusters:\n  - {name: a, prometheus: dark, context: k}\n  - {name: b, prometheus: dark, context: k, namespace: n, releases: {prometheus: p}}\n  - {name: c, prometheus: dark, context: m}\n',
      ),
      [],
    )
  })
})
