import assert from 'node:assert/strict'
import type { Ran } from '../support/cli.js'
import { objectsOf, succeeded, useClusters } from '../support/kube-world.js'

// What the charts do with values that lack something: why the rendered ones look as they do.
describe('the traps of the charts', () => {
  const clusters = useClusters()

  const prometheus = (...options: string[]): Promise<Ran> =>
    clusters.helm('kubeB', ['template', 'prometheuz', clusters.charts.packageOf('prometheus'), ...options])
  const refused = async (ran: Promise<Ran>, reason: RegExp) => {
    const { code, stderr } = await ran
    assert.equal(code, 1)
    assert.match(stderr, reason)
  }

  it('stop the prometheus chart at a nil pointer when there is no map for the scrape identity', async () => {
    await refused(prometheus(), /nil pointer evaluating interface \{\}\.id/)
    await refused(prometheus('--set', 'server.ziti.enabled=false'), /nil pointer evaluating interface \{\}\.id/)
    succeeded(await prometheus('--set', 'server.ziti.enabled=false,server.scrape.id=null'))
  })

  it('stop it when a dark Prometheus lacks one of its identities', async () => {
    const values = ['--values', 'prometheus.values.yaml']
    const server = ['--set-file', 'server.ziti.id.contents=kubeB.prometheus.id.json']
    const sidecar = ['--set-file', 'configmapReload.ziti.id.contents=kubeB.prometheus.id.json']
    await refused(prometheus(...values, ...sidecar), /nil pointer evaluating interface \{\}\.contents/)
    await refused(prometheus(...values, ...server), /nil pointer evaluating interface \{\}\.contents/)
    succeeded(await prometheus(...values, ...server, ...sidecar))
  })

  it('take the text "false" for true', async () => {
    const off = ['--set', 'server.scrape.id=null', '--set-string', 'server.ziti.enabled=false']
    await refused(prometheus(...off), /nil pointer evaluating interface \{\}\.contents/)
  })

  it('want an identity as text, and no list of jobs', async () => {
    const off = ['--set', 'server.ziti.enabled=false']
    await refused(prometheus(...off, '--set', 'server.scrape.id.x=1'), /b64enc/)
    await refused(prometheus(...off, '--set-json', 'server.scrape.id.contents={"a":1}'), /b64enc/)
    const jobs = ['--set', 'server.scrape.id=null', '--set-json', 'extraScrapeConfigs=[{"job_name":"a"}]']
    await refused(prometheus(...off, ...jobs), /expected string/)
  })

  it('let ziti-host install without an identity, as it does with the key of the article', async () => {
    const token = 'zitiEnrollToken=kubeA.ziti.id.jwt'
    const article = 'enrollmentToken=kubeA.ziti.id.jwt'
    const install = (given: string) =>
      clusters.helm('kubeA', ['template', 'z', clusters.charts.packageOf('ziti-host'), '--set-file', given])
    assert.match(succeeded(await install(token)), /ZITI_ENROLL_TOKEN/)
    assert.doesNotMatch(succeeded(await install(article)), /ZITI_ENROLL_TOKEN/)
  })

  it('let reflect install without an identity, which is then an empty text', async () => {
    const chart = clusters.charts.packageOf('reflect')
    const place = ['--kube-context', 'kubeA-ctx', '--namespace', clusters.namespace]
    succeeded(await clusters.helm('kubeA', ['upgrade', '--install', 'reflectz', chart, ...place]))
    const map = await clusters.get('kubeA-ctx', 'configmap', 'reflect-identity-file')
    assert.equal(map?.data?.['reflect-server.json'], '')
  })

  it('bring companions unless they are declined', async () => {
    const kinds = objectsOf(succeeded(await prometheus('--set', 'server.ziti.enabled=false,server.scrape.id=null')))
    assert.ok(kinds.some(({ kind }) => kind === 'DaemonSet'))
  })
})
