import assert from 'node:assert/strict'
import { load } from 'js-yaml'
import { readForm } from '../../src/cli/scrape-form.js'
import { deploymentsOf } from '../../src/expand/index.js'
import type { ScrapeTarget } from '../../src/model/scrape.js'
import { inForm, renderArtefacts } from '../../src/render/index.js'
import type { SpecInput } from '../../src/spec/schema.js'
import { articleSpec, specOf } from '../support/spec-builder.js'

const stock = { kind: 'prometheus', bridgeUrl: 'http://127.0.0.1:17777' } as const
const localJobs = (spec: SpecInput) => {
  const text = renderArtefacts(deploymentsOf(specOf({ scrapeForm: 'prometheus', ...spec })), new Set(['local'])).find(
    ({ path }) => path === 'local/prometheus.yml',
  )?.text
  return (load(text ?? '') as { scrape_configs: object[] }).scrape_configs
}
const common = { scrape_interval: '5s', honor_labels: true, follow_redirects: false, proxy_url: stock.bridgeUrl }

describe('scrape jobs in the form of a stock Prometheus', () => {
  it('ask a bridge for the same text as prometheuz, with a port', () => {
    assert.deepEqual(localJobs({ ...articleSpec, local: { scrape: ['kubeA.reflect', 'kubeA.prometheus'] } }), [
      {
        job_name: 'reflect-a',
        ...common,
        static_configs: [{ targets: ['kubeA.reflect.scrape.svc-kubeA.reflect.id:80'] }],
      },
      { job_name: 'zitified-prometheus-a', ...common, static_configs: [{ targets: ['kubeA.prometheus.svc-:80'] }] },
    ])
  })

  it('federate by match[] in params, which all versions take', () => {
    assert.deepEqual(
      localJobs({ ...articleSpec, local: { scrape: [{ target: 'kubeB.prometheus', federate: true }] } }),
      [
        {
          job_name: 'federate-from-kubeB',
          ...common,
          scrape_interval: '10s',
          metrics_path: '/federate',
          params: { 'match[]': ['{__name__=~".+"}'] },
          static_configs: [{ targets: ['kubeB.prometheus.svc-kubeB.prometheus.id:80'] }],
        },
      ],
    )
  })

  it('speak TLS under the name in the certificate, which the target is not', () => {
    const target = { name: 'tls', address: 'h.example:443', hostedBy: 'h', scheme: 'https' as const, path: '/m' }
    assert.deepEqual(localJobs({ targets: [target], local: { scrape: ['tls'] } }), [
      {
        job_name: 'tls',
        ...common,
        metrics_path: '/m',
        scheme: 'https',
        tls_config: { server_name: 'h.example' },
        static_configs: [{ targets: ['tls.svc-:443'] }],
      },
    ])
  })

  it('are in the values of a cluster, too, and on the person’s word alone', () => {
    const deployments = deploymentsOf(specOf(articleSpec))
    const values = (form: Parameters<typeof inForm>[1]) =>
      renderArtefacts(inForm(deployments, form), new Set(['kubeA'])).find(({ path }) => /prometheus\.values/.test(path))
        ?.text
    assert.match(values({ ...stock, bridgeUrl: 'http://bridge:9' }) ?? '', /proxy_url: http:\/\/bridge:9/)
    assert.doesNotMatch(values({ kind: 'prometheuz' }) ?? '', /proxy_url/)
  })

  const withTargets = (...targets: Pick<ScrapeTarget, 'service' | 'identity'>[]) => {
    const { local } = deploymentsOf(specOf({ scrapeForm: 'prometheus', local: { scrape: [] } }))
    assert.ok(local !== undefined)
    const jobs = targets.map((target, index) => ({
      ...{ name: `job${index}`, interval: '5s', federate: false },
      target: { ...target, name: `target${index}`, zitified: true },
    }))
    return renderArtefacts(
      { clusters: [], local: { ...local, scraper: { ...local.scraper, jobs } } },
      new Set(['local']),
    )
  }

  it('are refused when a bridge could not tell two targets apart', () => {
    const refused = /two targets that read a-b-c: service a-b at c, and service a at b-c/
    assert.throws(() => withTargets({ service: 'a-b', identity: 'c' }, { service: 'a', identity: 'b-c' }), refused)
    assert.throws(() => withTargets({ service: 'a', identity: '' }, { service: 'A', identity: '' }), /no identity/)
    assert.ok(withTargets({ service: 'a', identity: 'b' }, { service: 'a', identity: 'b' }))
  })

  it('have a host that says nothing, and the names in `instance`, where no host name could carry them', () => {
    const [artefact] = withTargets({ service: 'a b', identity: 'c/d' })
    const { scrape_configs } = load(artefact?.text ?? '') as { scrape_configs: { static_configs: object[] }[] }
    assert.deepEqual(scrape_configs[0]?.static_configs, [
      { targets: ['t-12149eb919b60e0b:80'], labels: { instance: 'a b-c/d:80' } },
    ])
  })
})

describe('the flags for the form of scrape jobs', () => {
  it('leave it to the spec, or name one, and where its bridge is', () => {
    assert.equal(readForm(undefined, undefined), undefined)
    assert.deepEqual(readForm('prometheuz', undefined), { kind: 'prometheuz' })
    assert.deepEqual(readForm('prometheus', undefined), stock)
    assert.deepEqual(readForm(undefined, 'http://b:1/'), { kind: 'prometheus', bridgeUrl: 'http://b:1' })
    assert.throws(() => readForm('prometheuz', 'http://b:1'), /stock/)
    for (const url of ['b:1', 'https://b:1', 'http://b', 'http://u:p@b:1', 'http://b:1/x'])
      assert.throws(() => readForm('prometheus', url), /http:\/\/HOST:PORT/, url)
  })
})
