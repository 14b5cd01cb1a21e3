import assert from 'node:assert/strict'
import { load } from 'js-yaml'
import { deploymentsOf } from '../../src/expand/index.js'
import { helmReleases, renderArtefacts } from '../../src/render/index.js'
import { parseSpec } from '../../src/spec/parse.js'
import { type KubeObject, objectsOf, succeeded, useClusters } from '../support/kube-world.js'

for (const version of [3, 4] as const) {
  describe(`the rendered values, through helm ${version} template`, () => {
    const clusters = useClusters()

    // The same words as zprom install and install.sh have, with another verb.
    const template = async (name: string): Promise<KubeObject[]> => {
      const spec = parseSpec(await clusters.person.read('zprom.yaml'), 'zprom.yaml')
      const cluster = deploymentsOf(spec).clusters.find(one => one.name === name)
      assert.ok(cluster !== undefined)
      const texts: string[] = []
      for (const { release, options, token, deployment } of helmReleases(cluster)) {
        const words = ['template', release.name, release.chart, ...options.flat(), ...(token?.option ?? [])]
        const text = succeeded(await clusters.helm(name, words, version === 3 ? clusters.kube.env : clusters.kube.env4))
        assert.ok(
          objectsOf(text).some(({ kind, metadata }) => kind === 'Deployment' && metadata.name === deployment),
          `${release.name}: no Deployment ${deployment}`,
        )
        texts.push(text)
      }
      return texts.flatMap(objectsOf)
    }

    it('give the charts of a tunneled cluster what they need, and nothing of a dark one', async () => {
      const objects = await template('kubeA')
      assert.equal(decoded(objects, 'prometheus-scrape-identity-secret'), await text('kubeA/kubeA.prometheus.id.json'))
      assert.equal(
        find(objects, 'ConfigMap', 'reflect-identity-file').data?.['reflect-server.json'],
        await text('kubeA/kubeA.reflect.id.json'),
      )
      assert.deepEqual(environment(objects, 'reflectz'), {
        SERVICE_NAME: 'kubeA.reflect.svc',
        PROMETHEUS_SERVICE_NAME: 'kubeA.reflect.scrape.svc',
      })
      const token = environment(objects, 'ziti-host').ZITI_ENROLL_TOKEN
      assert.equal(token?.trim(), (await text('kubeA/kubeA.ziti.id.jwt')).trim())
      assert.deepEqual(environment(objects, 'prometheuz-prometheus-server'), {})
      assert.deepEqual(namesOf(objects, 'Secret'), ['prometheus-scrape-identity-secret'])
      assert.deepEqual(namesOf(objects, 'DaemonSet'), [])
      assert.deepEqual(namesOf(objects, 'Job'), [])
    })

    it('put a dark Prometheus on the overlay, its reload too, and leave no companion listening', async () => {
      const objects = await template('kubeB')
      const identity = await text('kubeB/kubeB.prometheus.id.json')
      for (const name of ['prometheus-scrape', 'prometheus-server', 'configmap-reloadz'])
        assert.equal(decoded(objects, `${name}-identity-secret`), identity, name)
      assert.deepEqual(environment(objects, 'prometheuz-prometheus-server'), {
        ZITI_LISTENER_SERVICE_NAME: 'kubeB.prometheus.svc',
        ZITI_LISTENER_IDENTITY_NAME: 'kubeB.prometheus.id',
        ZITI_LISTENER_IDENTITY_FILE: '/etc/prometheus/prometheus.json',
      })
      const sidecar = JSON.stringify(find(objects, 'Deployment', 'prometheuz-prometheus-server').spec)
      assert.match(sidecar, /"--ziti\.service=kubeB\.prometheus\.svc","--ziti\.target\.identity=kubeB\.prometheus\.id"/)
      assert.match(sidecar, /"--web\.listen-address=127\.0\.0\.1:9533"/)
      assert.match(sidecar, /"mountPath":"\/path\/to\/whatever"/)
      assert.match(sidecar, /"strategy":\{"type":"Recreate"\}/)
      assert.deepEqual(namesOf(objects, 'DaemonSet'), [])
      assert.deepEqual(namesOf(objects, 'Deployment'), ['reflectz', 'prometheuz-prometheus-server'])
    })

    it("add the jobs after the chart's own, as data the same as they are rendered", async () => {
      await clusters.spec(spec => ({
        ...spec,
        clusters: [
          { ...spec.clusters[0], scrape: ['kubeA.reflect', { target: 'kubeB.prometheus', federate: true }, 'node1'] },
          spec.clusters[1],
        ],
        targets: [{ name: 'node1', address: '10.0.0.5:9100', hostedBy: 'kubeA.ziti.id', path: "/a'b$1(c)&%7B" }],
      }))
      const jobs = scrapeConfigs(await template('kubeA'))
      const values = load(await text('kubeA/prometheus.values.yaml')) as { extraScrapeConfigs: string }
      const own = load(values.extraScrapeConfigs) as unknown[]
      assert.equal(own.length, 3)
      assert.ok(jobs.length > 3)
      assert.deepEqual(jobs.slice(-3), own)
    })

    it('bring double braces through the template that the chart makes of the jobs', async () => {
      const spec = parseSpec(await clusters.person.read('zprom.yaml'), 'zprom.yaml')
      const deployments = deploymentsOf(spec)
      const path = '/a{{ .Values }}{{{b}}}'
      const braced = deployments.clusters.map(cluster => ({
        ...cluster,
        scraper: {
          ...cluster.scraper,
          jobs: cluster.scraper.jobs.map(job => ({ ...job, target: { ...job.target, metricsPath: path } })),
        },
      }))
      const artefacts = renderArtefacts({ clusters: braced, local: undefined }, new Set(['kubeA']))
      const values = artefacts.find(one => one.path === 'kubeA/prometheus.values.yaml')
      await clusters.person.write('zprom-out/kubeA/prometheus.values.yaml', values?.text ?? '')
      const last = scrapeConfigs(await template('kubeA')).at(-1)
      assert.equal(last?.metrics_path, path)
    })

    it('follow the names that the charts give to releases of any name', async () => {
      for (const releases of [
        { prometheus: 'prometheus', reflect: 'reflect', zitiHost: 'zh' },
        { prometheus: 'myprometheus', reflect: 'workload', zitiHost: 'my-ziti-host' },
        { prometheus: 'p'.repeat(45), reflect: 'r'.repeat(53), zitiHost: 'z'.repeat(53) },
      ]) {
        await clusters.spec(spec => ({
          ...spec,
          clusters: [
            { ...spec.clusters[0], releases },
            { ...spec.clusters[1], releases },
          ],
        }))
        await template('kubeA') // looks for every Deployment by its name
        const objects = await template('kubeB')
        const server = namesOf(objects, 'Deployment').at(-1) ?? ''
        assert.ok(JSON.stringify(find(objects, 'Deployment', server)).includes(`"configMap":{"name":"${server}"}`))
        assert.deepEqual(namesOf(objects, 'ConfigMap').includes(server), true)
      }
    })

    it('name the Secret of a person instead of a token', async () => {
      await clusters.spec(spec => ({
        ...spec,
        clusters: [{ ...spec.clusters[0], zitiHostSecret: { name: 'mine', key: 'id' } }, spec.clusters[1]],
      }))
      const objects = await template('kubeA')
      assert.equal(environment(objects, 'ziti-host').ZITI_ENROLL_TOKEN, undefined)
      const pod = JSON.stringify(find(objects, 'Deployment', 'ziti-host').spec)
      assert.match(pod, /"secret":\{"secretName":"mine","items":\[\{"key":"id","path":"ziti-host-identity\.json"\}\]\}/)
    })

    it('bring companions only where they are asked for', async () => {
      await clusters.spec(spec => ({
        ...spec,
        clusters: [{ ...spec.clusters[0], companions: true }, spec.clusters[1]],
      }))
      assert.deepEqual(namesOf(await template('kubeA'), 'DaemonSet'), ['prometheuz-prometheus-node-exporter'])
    })

    const text = async (path: string) => (await clusters.file(path)).toString()
  })
}

function find(objects: readonly KubeObject[], kind: string, name: string): KubeObject {
  const found = objects.find(one => one.kind === kind && one.metadata.name === name)
  return found ?? assert.fail(`no ${kind} ${name} in: ${objects.map(one => `${one.kind} ${one.metadata.name}`).join()}`)
}

function namesOf(objects: readonly KubeObject[], kind: string): string[] {
  return objects.filter(one => one.kind === kind).map(({ metadata }) => metadata.name)
}

function decoded(objects: readonly KubeObject[], secret: string): string {
  return Buffer.from(find(objects, 'Secret', secret).data?.zid ?? '', 'base64').toString()
}

type Container = { readonly env?: readonly { readonly name: string; readonly value: string }[] }

/** The environment of the last container of a Deployment, but for what the chart says by itself. */
function environment(objects: readonly KubeObject[], name: string): Record<string, string> {
  const { template } = find(objects, 'Deployment', name).spec as {
    template: { spec: { containers: readonly Container[] } }
  }
  const variables = template.spec.containers.at(-1)?.env ?? []
  return Object.fromEntries(
    variables.filter(one => one.name !== 'ZITI_IDENTITY_BASENAME').map(one => [one.name, one.value]),
  )
}

function scrapeConfigs(objects: readonly KubeObject[]): Record<string, unknown>[] {
  const { data } = find(objects, 'ConfigMap', 'prometheuz-prometheus-server')
  const config = load(data?.['prometheus.yml'] ?? '') as { scrape_configs: Record<string, unknown>[] }
  return config.scrape_configs
}
