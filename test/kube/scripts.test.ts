import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { load } from 'js-yaml'
import type { KubeContext } from '../support/kube.js'
import { succeeded, useClusters } from '../support/kube-world.js'

for (const version of [3, 4] as const) {
  describe(`the rendered scripts, run with helm ${version} on two clusters`, () => {
    const clusters = useClusters()
    const env = () => (version === 3 ? clusters.kube.env : clusters.kube.env4)
    const script = (cluster: string, name: string, args: string[] = [], more: Record<string, string> = {}) =>
      clusters.script(`zprom-out/${cluster}/${name}.sh`, args, { ...env(), ...more })
    const releases = async (context: KubeContext) => {
      const listed = await clusters.helm(
        'kubeA',
        ['list', '--kube-context', context, '--namespace', clusters.namespace, '--output', 'json'],
        env(),
      )
      const rows: { name: string; status: string; revision: string }[] = JSON.parse(succeeded(listed))
      return rows.map(({ name, status, revision }) => `${name} ${status} ${revision}`).sort()
    }
    const secret = async (context: KubeContext, name: string) =>
      Buffer.from((await clusters.get(context, 'secret', name))?.data?.zid ?? '', 'base64')

    it('install both clusters, each into its own, with identities byte for byte', async () => {
      succeeded(await script('kubeA', 'install'))
      succeeded(await script('kubeB', 'install'))
      assert.deepEqual(await releases('kubeA-ctx'), [
        'prometheuz deployed 1',
        'reflectz deployed 1',
        'ziti-host deployed 1',
      ])
      assert.deepEqual(await releases('kubeB-ctx'), ['prometheuz deployed 1', 'reflectz deployed 1'])
      for (const [context, cluster] of [
        ['kubeA-ctx', 'kubeA'],
        ['kubeB-ctx', 'kubeB'],
      ] as const) {
        const identity = await clusters.file(`${cluster}/${cluster}.prometheus.id.json`)
        assert.deepEqual(await secret(context, 'prometheus-scrape-identity-secret'), identity)
        const map = await clusters.get(context, 'configmap', 'reflect-identity-file')
        assert.equal(
          map?.data?.['reflect-server.json'],
          (await clusters.file(`${cluster}/${cluster}.reflect.id.json`)).toString(),
        )
      }
      const dark = await clusters.file('kubeB/kubeB.prometheus.id.json')
      assert.deepEqual(await secret('kubeB-ctx', 'prometheus-server-identity-secret'), dark)
      assert.deepEqual(await secret('kubeB-ctx', 'configmap-reloadz-identity-secret'), dark)
      assert.equal(await clusters.get('kubeA-ctx', 'secret', 'prometheus-server-identity-secret'), undefined)
    })

    it('upgrade with the full set of values, where fewer of them would take some away', async () => {
      succeeded(await script('kubeA', 'install'))
      const jobs = async () => {
        const map = await clusters.get('kubeA-ctx', 'configmap', 'prometheuz-prometheus-server')
        const config = load(map?.data?.['prometheus.yml'] ?? '') as { scrape_configs: { job_name: string }[] }
        return config.scrape_configs.map(one => one.job_name)
      }
      const place = ['--kube-context', 'kubeA-ctx', '--namespace', clusters.namespace]
      const chart = clusters.charts.packageOf('prometheus')
      const only = (...values: string[]) =>
        clusters.helm('kubeA', ['upgrade', 'prometheuz', chart, ...place, ...values], env())
      // The identity alone: accepted, and the jobs are gone.
      const identity = ['--set-file', 'server.scrape.id.contents=kubeA.prometheus.id.json']
      succeeded(await only(...identity, '--set', 'server.ziti.enabled=false,server.strategy.type=Recreate'))
      assert.ok(!(await jobs()).includes('kubeA.reflectz'))
      // The jobs alone: refused, for the identity is missing.
      assert.match((await only('--set', 'extraScrapeConfigs=')).stderr, /nil pointer/)
      succeeded(await script('kubeA', 'upgrade'))
      assert.ok((await jobs()).includes('kubeA.reflectz'))
      assert.deepEqual(
        await secret('kubeA-ctx', 'prometheus-scrape-identity-secret'),
        await clusters.file('kubeA/kubeA.prometheus.id.json'),
      )
    })

    it('upgrade and restart without the token once it is spent, which install asks for', async () => {
      succeeded(await script('kubeA', 'install'))
      const path = join(clusters.person.folder, 'zprom-out/kubeA/kubeA.ziti.id.jwt')
      const token = await clusters.file('kubeA/kubeA.ziti.id.jwt')
      await rm(path)
      try {
        succeeded(await script('kubeA', 'upgrade', ['--restart']))
        const again = await script('kubeA', 'install')
        assert.equal(again.code, 1)
        assert.match(again.stderr, /kubeA\.ziti\.id\.jwt is missing: run zprom apply; .* run upgrade\.sh/)
      } finally {
        await writeFile(path, token, { mode: 0o600 })
      }
      const host = JSON.stringify((await clusters.get('kubeA-ctx', 'deployment', 'ziti-host'))?.spec)
      assert.doesNotMatch(host, /ZITI_ENROLL_TOKEN/)
      assert.match(host, /kubectl\.kubernetes\.io\/restartedAt/)
    })

    it('uninstall what they installed, and are content when nothing is there', async () => {
      succeeded(await script('kubeA', 'install'))
      succeeded(await script('kubeB', 'install'))
      succeeded(await script('kubeA', 'uninstall'))
      succeeded(await script('kubeA', 'uninstall'))
      assert.deepEqual(await releases('kubeA-ctx'), [])
      assert.equal(await clusters.get('kubeA-ctx', 'deployment', 'ziti-host'), undefined)
      // Nobody here takes away what is marked for it.
      const claim = await clusters.get('kubeA-ctx', 'persistentvolumeclaim', 'ziti-host-identity-pvc')
      assert.ok(claim?.metadata.deletionTimestamp !== undefined)
      assert.equal((await releases('kubeB-ctx')).length, 2)
    })

    it('are refused a second release in the namespace, and the first stays as it is', async () => {
      succeeded(await script('kubeB', 'install'))
      const before = await clusters.get('kubeB-ctx', 'secret', 'prometheus-scrape-identity-secret')
      await clusters.spec(spec => ({
        ...spec,
        clusters: [spec.clusters[0], { ...spec.clusters[1], releases: { prometheus: 'second', reflect: 'another' } }],
      }))
      const { code, stderr } = await script('kubeB', 'install')
      assert.equal(code, 1)
      assert.match(stderr, /exists and cannot be imported|must equal "another"/)
      const after = await clusters.get('kubeB-ctx', 'secret', 'prometheus-scrape-identity-secret')
      assert.equal(after?.metadata.resourceVersion, before?.metadata.resourceVersion)
    })
  })
}

describe('the rendered scripts', () => {
  const clusters = useClusters()
  const script = (path: string, args: string[] = [], env: Record<string, string> = {}) =>
    clusters.script(`zprom-out/${path}`, args, env)

  it('go to the context that the environment names, and to none when nobody names one', async () => {
    await clusters.spec(spec => ({
      ...spec,
      clusters: [spec.clusters[0], { name: 'kubeB', prometheus: 'dark', namespace: clusters.namespace }],
    }))
    const { code, stderr } = await script('kubeB/install.sh')
    assert.equal(code, 2)
    assert.match(stderr, /set KUBE_CONTEXT/)
    succeeded(await script('kubeB/install.sh', [], { KUBE_CONTEXT: 'arn:aws:eks:x/kubeA' }))
    assert.ok((await clusters.get('kubeA-ctx', 'deployment', 'reflectz')) !== undefined)
    assert.equal(await clusters.get('kubeB-ctx', 'deployment', 'reflectz'), undefined)
  })

  it('work in a folder whose name means much to a shell', async () => {
    const output = 'out put\'s $(exit 9) "x"'
    await clusters.spec(spec => ({ ...spec, output }))
    succeeded(
      await clusters.zprom(['apply', '--yes', '--re-enroll', 'kubeB.reflect.id', '--re-enroll', 'kubeB.prometheus.id']),
    )
    succeeded(await clusters.script(`${output}/kubeB/install.sh`))
    assert.ok((await clusters.get('kubeB-ctx', 'deployment', 'reflectz')) !== undefined)
    await clusters.zprom(['apply', '--yes'])
  })

  it('stop before anything is done when an identity is missing', async () => {
    const path = join(clusters.person.folder, 'zprom-out/kubeB/kubeB.prometheus.id.json')
    const identity = await clusters.file('kubeB/kubeB.prometheus.id.json')
    await rm(path)
    const { code, stderr } = await script('kubeB/install.sh')
    await writeFile(path, identity, { mode: 0o600 })
    assert.equal(code, 1)
    assert.match(stderr, /kubeB\.prometheus\.id\.json is missing: run zprom apply/)
    assert.equal(await clusters.get('kubeB-ctx', 'deployment', 'reflectz'), undefined)
  })

  it('look into the cluster, one word each', async () => {
    succeeded(await script('kubeB/install.sh'))
    assert.match((await script('kubeB/kubectl.sh', ['pods'])).stderr, /No resources found/)
    succeeded(await script('kubeB/kubectl.sh', ['restart']))
    const edit = { KUBE_EDITOR: 'sed -i s/15d/16d/\\;s/10s/11s/' }
    succeeded(await script('kubeB/kubectl.sh', ['edit'], edit))
    const map = await clusters.get('kubeB-ctx', 'configmap', 'prometheuz-prometheus-server')
    assert.match(map?.data?.['prometheus.yml'] ?? '', /scrape_timeout: 11s/)
    const other = await script('kubeB/kubectl.sh', ['nonsense'])
    assert.equal(other.code, 2)
    assert.match(other.stderr, /one of: pods, reload-logs, logs, edit, restart/)
  })

  it('name the containers that the pods have', async () => {
    succeeded(await script('kubeB/install.sh'))
    const spec = JSON.stringify((await clusters.get('kubeB-ctx', 'deployment', 'prometheuz-prometheus-server'))?.spec)
    const text = (await clusters.file('kubeB/kubectl.sh')).toString()
    const named = [...text.matchAll(/--container (\S+)/g)].map(([, name]) => name)
    assert.equal(named.length, 2)
    for (const name of named) assert.ok(spec.includes(`"name":"${name}"`), name)
  })
})
