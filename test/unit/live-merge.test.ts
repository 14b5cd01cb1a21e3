import assert from 'node:assert/strict'
import { parse } from 'yaml'
import type { Job } from '../../src/live/job.js'
import { mergeJobs } from '../../src/live/merge.js'
import type { JobState } from '../../src/model/live.js'
import { clusterIdentityFile, prometheuzJob } from '../../src/render/jobs.js'
import { printYaml } from '../../src/render/yaml.js'
import { jobOf, scrapeJob } from '../support/live-jobs.js'

const place = { file: 'configmap/p', howToEdit: 'kubectl edit configmap p' }
const a = jobOf('kubeA.reflectz', 'kubeA.reflect.scrape.svc')
const b = jobOf('kubeB.reflectz', 'kubeB.reflect.scrape.svc')
const ofB = 'kubeB.reflect.scrape.svc'
const aText = printYaml([a])
const bText = printYaml([b])

// As the chart writes it.
const chartText = `global:
  evaluation_interval: 1m
  scrape_interval: 1m
  scrape_timeout: 10s
rule_files:
- /etc/config/recording_rules.yml
scrape_configs:
- job_name: prometheus
  static_configs:
  - targets:
    - localhost:9090
${aText}`

function add(text: string, ...wanted: Job[]) {
  return mergeJobs(text, { wanted, gone: [] }, place)
}

function remove(text: string, ...gone: string[]) {
  return mergeJobs(text, { wanted: [], gone }, place)
}

function states({ jobs }: { jobs: readonly JobState[] }) {
  return jobs.map(({ job, state }) => `${job} ${state}`)
}

describe('mergeJobs', () => {
  it('adds a job after the others, as the chart itself would write it', () => {
    const merged = add(chartText, a, b)
    assert.equal(merged.text, chartText + bText)
    assert.deepEqual(states(merged), ['kubeA.reflectz unchanged', 'kubeB.reflectz added'])
  })

  it('changes nothing the second time', () => {
    const once = add(chartText, a, b).text
    const twice = add(once, a, b)
    assert.equal(twice.text, once)
    assert.deepEqual(states(twice), ['kubeA.reflectz unchanged', 'kubeB.reflectz unchanged'])
  })

  it('takes a job that says the same in another order and layout for the same', () => {
    const said = `scrape_configs: [${JSON.stringify(Object.fromEntries(Object.entries(b).reverse()))}]\n`
    assert.deepEqual(states(add(said, b)), ['kubeB.reflectz unchanged'])
  })

  it('changes one word of an outdated job, and keeps the comments in it', () => {
    const old = chartText.replace('5s', '30s # slow').replace('scheme: ziti', 'scheme: ziti # ours')
    const merged = add(old, a)
    assert.equal(merged.text, chartText.replace('5s', '5s # slow').replace('scheme: ziti', 'scheme: ziti # ours'))
    assert.deepEqual(states(merged), ['kubeA.reflectz replaced'])
  })

  it('replaces an outdated job where it stands when more than words differ', () => {
    const federated = prometheuzJob(
      { ...scrapeJob('x', 'kubeA.reflect.scrape.svc'), federate: true },
      clusterIdentityFile,
    )
    const text = `scrape_configs:\n  - job_name: first\n${indent(printYaml([federated]))}  # next\n  - job_name: last\n`
    const x = jobOf('x', 'kubeA.reflect.scrape.svc')
    const merged = add(text, x)
    assert.equal(
      merged.text,
      `scrape_configs:\n  - job_name: first\n${indent(printYaml([x]))}  # next\n  - job_name: last\n`,
    )
  })

  it('keeps what a person added to a job of ours', () => {
    const theirs = `${chartText.replace('5s', '30s')}  sample_limit: 10\n`
    const merged = add(theirs, a)
    assert.equal(merged.text, `${chartText}  sample_limit: 10\n`)
    const labelled = `scrape_configs:\n- ${JSON.stringify({ ...a, metrics_path: '/x', static_configs: [{ labels: { env: 'x' }, targets: ['kubeA.reflect.scrape.svc-old'] }] })}\n`
    assert.deepEqual(parse(add(labelled, a).text).scrape_configs, [
      { ...a, static_configs: [{ labels: { env: 'x' }, targets: a.static_configs[0]?.targets }] },
    ])
  })

  it('removes a job, and nothing else', () => {
    const text = `scrape_configs:\n# one\n- job_name: x\n${bText.replace('5s', '5s # fast')}  # of b\n# two\n${aText}# end\n`
    const merged = remove(text, ofB)
    assert.equal(merged.text, `scrape_configs:\n# one\n- job_name: x\n  # of b\n# two\n${aText}# end\n`)
    assert.deepEqual(states(merged), ['kubeB.reflectz removed'])
    assert.deepEqual(states(remove(merged.text, ofB)), [])
  })

  it('removes the only job, and the first and last of a list in brackets', () => {
    assert.deepEqual(parse(remove(`x: 1\nscrape_configs:\n${bText}`, ofB).text), { x: 1, scrape_configs: [] })
    for (const list of [[a, b], [b, a], [b]]) {
      const text = `{"scrape_configs": [${list.map(job => JSON.stringify(job)).join(', ')}]}`
      const left = list.filter(job => job !== b).map(job => JSON.stringify(job))
      assert.equal(remove(text, ofB).text, `{"scrape_configs": [${left.join(', ')}]}`)
    }
  })

  it('removes every job of a service over the overlay, whatever its name, and no other', () => {
    const mine = { ...b, job_name: 'mine', metrics_path: '/federate' }
    const direct = { job_name: 'kubeB.reflectz', static_configs: [{ targets: ['kubeB.reflect.scrape.svc-'] }] }
    const merged = remove(printYaml({ scrape_configs: [mine, direct, a] }), ofB)
    assert.deepEqual(parse(merged.text), { scrape_configs: [direct, a] })
    assert.deepEqual(states(merged), ['mine removed'])
  })

  it('does not remove what is wanted as well', () => {
    const merged = mergeJobs(chartText + bText, { wanted: [b], gone: [ofB] }, place)
    assert.equal(merged.text, chartText + bText)
  })

  const layouts: Record<string, [before: string, after: string]> = {
    'an empty text': ['', `scrape_configs:\n${indent(bText)}`],
    'nothing but comments': ['# none yet\n', `# none yet\nscrape_configs:\n${indent(bText)}`],
    'an empty map in braces': ['{}\n', `scrape_configs:\n${indent(bText)}`],
    'no scrape_configs': ['global: {}\n', `global: {}\nscrape_configs:\n${indent(bText)}`],
    'scrape_configs with nothing after it': [
      'scrape_configs:\n# - job_name: example\nglobal: {}\n',
      `scrape_configs:\n${indent(bText)}# - job_name: example\nglobal: {}\n`,
    ],
    'scrape_configs that are null': ['scrape_configs: null # none\n', `scrape_configs: # none\n${indent(bText)}`],
    'scrape_configs that are an empty list': ['scrape_configs: []\nx: y\n', `scrape_configs:\n${indent(bText)}x: y\n`],
    'no line end at the end': [chartText.trimEnd(), chartText + bText],
    'Windows line ends': [crlf(chartText), crlf(chartText + bText)],
    'jobs with comments between them': [
      `scrape_configs:\n  # one\n  - job_name: x # x\n\n  # two\n  - job_name: y\n    # of y\nalerting: {}\n`,
      `scrape_configs:\n  # one\n  - job_name: x # x\n\n  # two\n  - job_name: y\n    # of y\n\n${indent(bText)}alerting: {}\n`,
    ],
    'keys after the jobs': [`${chartText}storage: {}\n`, `${chartText}${bText}storage: {}\n`],
    'a start of document': [`---\n${chartText}`, `---\n${chartText}${bText}`],
    'jobs with merge keys and anchors': [
      'x: &d {scheme: http}\nscrape_configs:\n- job_name: y\n  <<: *d\n',
      `x: &d {scheme: http}\nscrape_configs:\n- job_name: y\n  <<: *d\n${bText}`,
    ],
    'a block scalar at the end': [
      'scrape_configs:\n- job_name: y\n  basic_auth:\n    password: |\n      x\n',
      `scrape_configs:\n- job_name: y\n  basic_auth:\n    password: |\n      x\n${bText}`,
    ],
  }
  for (const [what, [before, after]] of Object.entries(layouts)) {
    it(`fits into ${what}`, () => assert.equal(add(before, b).text, after))
  }

  it('stays JSON in JSON', () => {
    assert.deepEqual(JSON.parse(add('{"scrape_configs": [{"job_name": "x"}], "global": {}}', b).text), {
      scrape_configs: [{ job_name: 'x' }, b],
      global: {},
    })
    assert.deepEqual(JSON.parse(add('{"global": {}}', b).text), { global: {}, scrape_configs: [b] })
  })

  it('knows its job by the service, whatever identity or port the target has', () => {
    for (const target of [
      'kubeB.reflect.scrape.svc-',
      'kubeB.reflect.scrape.svc-old.id',
      'kubeB.reflect.scrape.svc-x:80',
    ]) {
      const merged = add(printYaml({ scrape_configs: [{ ...b, static_configs: [{ targets: [target] }] }] }), b)
      assert.deepEqual(states(merged), ['kubeB.reflectz replaced'])
      assert.deepEqual(parse(merged.text).scrape_configs, [b])
    }
  })
})

function indent(text: string): string {
  return text.replace(/^/gm, '  ').replace(/ {2}$/, '')
}

function crlf(text: string): string {
  return text.replaceAll('\n', '\r\n')
}
