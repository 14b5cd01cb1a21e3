import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { load } from 'js-yaml'
import { deploymentsOf } from '../../src/expand/index.js'
import { renderArtefacts } from '../../src/render/index.js'
import type { SpecInput } from '../../src/spec/schema.js'
import { articleSpec, specOf } from '../support/spec-builder.js'

type Reference = { jobs: { where: string; job: unknown }[]; localGlobal: unknown }
const reference: Reference = JSON.parse(
  readFileSync(new URL('../support/article/scrape-jobs.json', import.meta.url), 'utf8'),
)
const jobsOf = (where: string) => reference.jobs.filter(one => one.where === where).map(({ job }) => job)

function rendered(spec: SpecInput, path: string) {
  const deployments = deploymentsOf(specOf(spec))
  const names = new Set([...deployments.clusters.map(({ name }) => name), 'local'])
  const artefact = renderArtefacts(deployments, names).find(one => one.path === path)
  assert.ok(artefact !== undefined, path)
  return load(artefact.text) as Record<string, unknown>
}

const clusterJobs = (spec: SpecInput, cluster: string) =>
  load(String(rendered(spec, `${cluster}/prometheus.values.yaml`).extraScrapeConfigs))

describe('scrape jobs in the form of prometheuz', () => {
  it("are, for kubeA, the article's two once it scrapes kubeB as well", () => {
    const clusters = [
      { name: 'kubeA', prometheus: 'tunneled' as const, scrape: ['kubeA.reflect', 'kubeB.reflect'] },
      { name: 'kubeB', prometheus: 'dark' as const },
    ]
    assert.deepEqual(clusterJobs({ clusters }, 'kubeA'), jobsOf('ConfigMap of kubeA'))
  })

  it('are the own workloads of a cluster before anybody says more', () => {
    const [own] = jobsOf('ConfigMap of kubeA')
    assert.deepEqual(clusterJobs(articleSpec, 'kubeA'), [own])
  })

  it("are, for the local Prometheus, the article's four, in its order and with its global settings", () => {
    assert.deepEqual(rendered({ ...articleSpec, local: {} }, 'local/prometheus.yml'), {
      global: reference.localGlobal,
      scrape_configs: jobsOf('local'),
    })
  })

  it('federate as the article does', () => {
    const scrape = ['kubeA', 'kubeB'].map(name => ({ target: `${name}.prometheus`, federate: true }))
    const { scrape_configs } = rendered({ ...articleSpec, local: { scrape } }, 'local/prometheus.yml')
    assert.deepEqual(scrape_configs, jobsOf('local, federating'))
  })

  it('speak TLS with a target that asks for it, under the name in its certificate', () => {
    const target = { name: 'node1', address: '10.0.0.5:9100', hostedBy: 'h', scheme: 'https' as const, path: '/m' }
    const spec = { ...articleSpec, targets: [target], local: { scrape: ['node1'] } }
    assert.deepEqual(rendered(spec, 'local/prometheus.yml').scrape_configs, [
      {
        job_name: 'node1',
        scrape_interval: '5s',
        honor_labels: true,
        metrics_path: '/m',
        scheme: 'zitis',
        params: { 'ziti-config': ['/etc/prometheus/ziti.id.json'] },
        tls_config: { server_name: '10.0.0.5' },
        static_configs: [{ targets: ['node1.svc-'] }],
      },
    ])
  })

  it('have one "-" in every target, whatever the spec', () => {
    const { scrape_configs } = rendered({ ...articleSpec, local: { dark: true } }, 'local/prometheus.yml')
    const targets = (scrape_configs as { static_configs: { targets: string[] }[] }[]).flatMap(({ static_configs }) =>
      static_configs.flatMap(one => one.targets),
    )
    for (const target of targets) assert.equal(target.split('-').length, 2, target)
  })

  it('tell clusters apart whose short names would be the same', () => {
    const clusters = ['kubeA', 'a'].map(name => ({ name, prometheus: 'dark' as const, workloads: [] }))
    const { scrape_configs } = rendered({ clusters, local: {} }, 'local/prometheus.yml')
    assert.deepEqual(
      (scrape_configs as { job_name: string }[]).map(({ job_name }) => job_name),
      ['zitified-prometheus-kubeA', 'zitified-prometheus-a'],
    )
  })
})
