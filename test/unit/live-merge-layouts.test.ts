import assert from 'node:assert/strict'
import fc from 'fast-check'
import { parse, stringify } from 'yaml'
import type { Job } from '../../src/live/job.js'
import { mergeJobs } from '../../src/live/merge.js'
import { clusterIdentityFile, prometheuzJob } from '../../src/render/jobs.js'
import { dressing, dressLines } from '../support/layouts.js'
import { jobOf, scrapeJob } from '../support/live-jobs.js'

const place = { file: 'configmap/p', howToEdit: 'kubectl edit configmap p' }

describe('mergeJobs in any layout', () => {
  it('keeps every other line, says what is wanted, and does nothing the second time', () => {
    fc.assert(
      fc.property(configArbitrary.chain(withLayout), changesArbitrary, ({ config, text }, changes) => {
        const names = [...changes.wanted.map(({ job_name }) => job_name), ...changes.gone.map(nameOf)]
        const isOther = (job: { job_name: string }) => !names.includes(job.job_name)
        const { text: merged } = mergeJobs(text, changes, place)
        const { scrape_configs: jobs, ...rest } = parse(merged)
        const { scrape_configs: before = [], ...restBefore } = config
        assert.deepEqual(rest, JSON.parse(JSON.stringify(restBefore)))
        assert.deepEqual((jobs ?? []).filter(isOther), JSON.parse(JSON.stringify(before.filter(isOther))))
        assert.deepEqual(
          sorted((jobs ?? []).filter((job: Job) => !isOther(job))),
          sorted(JSON.parse(JSON.stringify(changes.wanted))),
        )
        assert.equal(mergeJobs(merged, changes, place).text, merged)
      }),
      { numRuns: 300 },
    )
  })

  it('gives back the same lines when what was added is removed again', () => {
    const fresh = jobOf('fresh', 'fresh.svc')
    fc.assert(
      fc.property(configArbitrary.chain(withLayout), ({ config, text }) => {
        fc.pre((config.scrape_configs?.length ?? 0) > 0)
        const added = mergeJobs(text, { wanted: [fresh], gone: [] }, place).text
        const after = mergeJobs(added, { wanted: [], gone: ['fresh.svc'] }, place).text
        // A line that had no end may have one now, and a blank line that was put before the job may stay.
        assert.equal(written(after), written(text))
      }),
      { numRuns: 300 },
    )
  })
})

const names = ['kubeA.reflectz', 'kubeB.reflectz', 'on', '12', 'a:b']
const ours = fc
  .record({
    name: fc.constantFrom(...names),
    interval: fc.constantFrom('5s', '1m'),
    federate: fc.boolean(),
    zitified: fc.boolean(),
  })
  .map(({ name, interval, federate, zitified }) => {
    const base = scrapeJob(name, `svc.${names.indexOf(name)}`)
    return prometheuzJob({ ...base, interval, federate, target: { ...base.target, zitified } }, clusterIdentityFile)
  })
const theirs = fc.constantFrom(
  { job_name: 'prometheus', static_configs: [{ targets: ['localhost:9090'] }] },
  {
    job_name: 'k8s',
    kubernetes_sd_configs: [{ role: 'pod' }],
    relabel_configs: [{ regex: '(.+)', replacement: '$1' }],
  },
  { job_name: '# no comment', params: { 'match[]': ['{a="b, c"}'] } },
)
const jobs = fc.uniqueArray(fc.oneof(ours, theirs), { maxLength: 5, selector: job => job.job_name })
const configArbitrary = fc.record(
  {
    global: fc.constantFrom({}, { scrape_interval: '1m' }),
    scrape_configs: jobs,
    rule_files: fc.constantFrom([], ['/etc/config/rules']),
  },
  { requiredKeys: ['global'] },
)
const changesArbitrary = fc.record({
  wanted: fc.uniqueArray(ours, { maxLength: 3, selector: job => job.job_name }),
  gone: fc.uniqueArray(
    fc.nat(names.length - 1).map(index => `svc.${index}`),
    { maxLength: 2 },
  ),
})

type Config = { readonly scrape_configs?: readonly { readonly job_name: string }[] }

function withLayout(config: Config) {
  return fc
    .record({ indentSeq: fc.boolean(), flow: fc.boolean(), json: fc.boolean(), dressing })
    .map(({ indentSeq, flow, json, dressing }) => {
      if (json) return { config, text: JSON.stringify(config) }
      const text = stringify(config, { indentSeq, lineWidth: 0, collectionStyle: flow ? 'flow' : 'any' })
      return { config, text: dressLines(text, dressing) }
    })
}

function sorted(list: Job[]): Job[] {
  return list.sort((one, other) => (one.job_name < other.job_name ? -1 : 1))
}

function nameOf(service: string): string {
  return names[Number(service.slice('svc.'.length))] ?? ''
}

function written(text: string): string {
  return text.replace(/^[ \t]*\r?\n/gm, '').trimEnd()
}
