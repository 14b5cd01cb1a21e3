import assert from 'node:assert/strict'
import { parse } from 'yaml'
import { mergeJobs } from '../../src/live/merge.js'
import { clusterIdentityFile, scrapeJob } from '../../src/render/jobs.js'
import { printYaml } from '../../src/render/yaml.js'
import { scrapeJob as jobOfSpec } from '../support/live-jobs.js'

const place = { file: 'configmap/p', howToEdit: 'kubectl edit configmap p' }
const service = 'kubeA.reflect.scrape.svc'
const jobIn = (form: Parameters<typeof scrapeJob>[1]) => scrapeJob(jobOfSpec('a', service), form, clusterIdentityFile)
const stock = jobIn({ kind: 'prometheus', bridgeUrl: 'http://127.0.0.1:17777' })
const fork = jobIn({ kind: 'prometheuz' })
const textWith = (...jobs: object[]) => printYaml({ scrape_configs: jobs })
const jobsOf = (text: string) => parse(text).scrape_configs

describe('mergeJobs, for a stock Prometheus', () => {
  it('knows a job of its own again, and keeps the token that a person put into proxy_url', () => {
    const theirs = {
      ...stock,
      scrape_interval: '30s',
      proxy_url: 'http://prom:token@127.0.0.1:17777',
      sample_limit: 10,
    }
    const { text } = mergeJobs(textWith(theirs), { wanted: [stock], gone: [] }, place)
    assert.deepEqual(jobsOf(text), [{ ...theirs, scrape_interval: '5s' }])
  })

  it('takes a job from one form into the other', () => {
    const to = (before: object, after: typeof stock | typeof fork) =>
      jobsOf(mergeJobs(textWith(before), { wanted: [after], gone: [] }, place).text)
    assert.deepEqual(to(fork, stock), [stock])
    assert.deepEqual(to(stock, fork), [fork])
  })

  it('removes its job of a service, and no other that has a proxy', () => {
    const plain = { job_name: 'p', proxy_url: 'http://corp:3128', static_configs: [{ targets: [`${service}:80`] }] }
    const { text } = mergeJobs(textWith(plain, stock), { wanted: [], gone: [service] }, place)
    assert.deepEqual(jobsOf(text), [plain])
  })
})
