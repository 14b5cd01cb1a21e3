import assert from 'node:assert/strict'
import { LiveConfigError } from '../../src/errors.js'
import type { Job } from '../../src/live/job.js'
import { mergeJobs } from '../../src/live/merge.js'
import { printYaml } from '../../src/render/yaml.js'
import { jobOf } from '../support/live-jobs.js'

const place = { file: 'configmap/p', howToEdit: 'kubectl edit configmap p' }
const b = jobOf('kubeB.reflectz', 'kubeB.reflect.scrape.svc')
const bText = printYaml([b])
const chartText = `global:\n  scrape_interval: 1m\nscrape_configs:\n- job_name: prometheus\n`

function problemOf(text: string, ...wanted: Job[]) {
  try {
    mergeJobs(text, { wanted: wanted.length === 0 ? [b] : wanted, gone: [] }, place)
  } catch (error) {
    if (error instanceof LiveConfigError) return error
    throw error
  }
  return assert.fail('nothing was refused')
}

describe('mergeJobs of a text that it cannot edit', () => {
  const faults: Record<string, [text: string, message: RegExp]> = {
    'a tab as indentation': ['global:\n\tscrape_interval: 5s\n', /^configmap\/p:2:1 a tab is used .* Use spaces\.$/],
    'a key that is there twice': [`${chartText}global: {}\n`, /:\d+:1 the key "global" is there twice .* Keep one/],
    'several documents': [`${chartText}---\nglobal: {}\n`, /a second YAML document begins here, and a Prometheus conf/],
    'an unclosed quote': ['global: "\n', /:1:9 a quote is opened here/],
    'a list': ['- job_name: x\n', /:1:1 a Prometheus configuration is a map .*, not a list\. Begin with/],
    'a single value': ['hello\n', /not a single value/],
    'scrape_configs that are a map': [
      'global: {}\nscrape_configs:\n  job_name: x\n',
      /:3:3 scrape_configs: scrape_configs is a list/,
    ],
    'a job without a name': ['scrape_configs:\n- scheme: http\n', /:2:3 scrape_configs\[0\]: each item .* has none/],
    'an empty item': ['scrape_configs:\n-\n', /scrape_configs\[0\]: each item/],
    'a job that is there twice': [
      'scrape_configs:\n- job_name: x\n- job_name: x\n',
      /:3:13 scrape_configs\[1\]\.job_name: the job "x" is there already, on line 2, .* Remove one of the two/,
    ],
    'jobs that are an alias': [
      'x: &x [{job_name: y}]\nscrape_configs: *x\n',
      /:2:17 scrape_configs: this is written in a way/,
    ],
    'an alias without an anchor': ['scrape_configs: *x\n', /the alias "\*x" has no anchor/],
    'an alias bomb': [bomb(), /unfold into too much data\. Write the values out/],
    'brackets without end': ['['.repeat(300), /:1:1 this is nested too deeply/],
    'a control character': ['global: {}\u0000\n', /:1:11 a control character/],
  }
  for (const [what, [text, message]] of Object.entries(faults)) {
    it(`refuses ${what}, with the line and what to do`, () => {
      const error = problemOf(text)
      assert.match(error.message, message)
      assert.equal(error.hint, 'mend it by hand, this configmap was not changed: kubectl edit configmap p')
      assert.equal(error.exitCode, 8)
    })
  }

  it('refuses a layout that it cannot edit, and says what to add by hand', () => {
    const { message } = problemOf('scrape_configs: [ # none\n]\n')
    assert.match(message, /To go on, add this to it by hand:\n- job_name: kubeB\.reflectz\n {2}scrape_interval: 5s\n/)
  })

  it('does not touch a job that holds an anchor for another', () => {
    const text = `scrape_configs:\n${bText.replace('params:', 'params: &p').replace('targets:', 'targets: &t')}- job_name: x\n  params: *p\n`
    const elsewhere = jobOf('kubeB.reflectz', 'kubeB.reflect.scrape.svc', '/elsewhere.json')
    assert.match(problemOf(text, elsewhere).message, /:2:3 scrape_configs\[0\]: .* put this in its place/)
    assert.throws(
      () => mergeJobs(text, { wanted: [], gone: ['kubeB.reflect.scrape.svc'] }, place),
      /remove the job "kubeB\.reflectz" by hand/,
    )
  })

  const foreign: Record<string, object> = {
    'scrapes another service': jobOf('kubeB.reflectz', 'kubeB.other.svc'),
    'is not over the overlay': { ...b, scheme: 'http' },
    'has no scheme': { job_name: b.job_name, static_configs: b.static_configs },
    'has two targets': { ...b, static_configs: [{ targets: [...(b.static_configs[0]?.targets ?? []), 'x-'] }] },
    'has no target': { job_name: b.job_name, scheme: 'ziti' },
    'also finds targets in Kubernetes': { ...b, kubernetes_sd_configs: [{ role: 'pod' }] },
  }
  for (const [what, job] of Object.entries(foreign)) {
    it(`takes a job for foreign that ${what}`, () => {
      const { message } = problemOf(`global: {}\n${printYaml({ scrape_configs: [job] })}`)
      assert.match(
        message,
        /:3:\d+ scrape_configs\[0\]\.job_name: the job name "kubeB\.reflectz" is taken: what is there scrapes/,
      )
      assert.match(
        message,
        /and zprom's scrapes kubeB\.reflect\.scrape\.svc-kubeB\.reflect\.scrape\.svc\.id\. Rename or remove/,
      )
    })
  }
})

function bomb(): string {
  const levels = Array.from({ length: 9 }, (_, n) => `l${n + 1}: &l${n + 1} [${Array(9).fill(`*l${n}`).join(', ')}]`)
  return `l0: &l0 [x]\n${levels.join('\n')}\n`
}
