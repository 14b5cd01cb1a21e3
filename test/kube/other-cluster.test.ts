import assert from 'node:assert/strict'
import { assertEnded } from '../support/cli-world.js'
import { statusOf, succeeded, useClusters } from '../support/kube-world.js'

for (const version of [3, 4] as const) {
  describe(`what another cluster has installed, with helm ${version}`, () => {
    const clusters = useClusters()
    const env = () => (version === 3 ? clusters.kube.env : clusters.kube.env4)
    const zprom = (...args: string[]) => clusters.zprom(args, { env: env() })
    const install = (cluster: string, ...flags: string[]) =>
      zprom('install', cluster, '--yes', '--no-wait', '--context', ...flags)
    const values = async (release: string) => {
      const place = ['--kube-context', 'kubeB-ctx', '--namespace', clusters.namespace, '--output', 'json']
      return JSON.parse(succeeded(await clusters.helm('kubeB', ['get', 'values', release, ...place], env())))
    }
    const withoutContexts = (stack = 'cases') =>
      clusters.spec(({ clusters: [{ context: _a, ...a }, { context: _b, ...b }], ...spec }) => ({
        ...{ ...spec, stack },
        clusters: [a, b],
      }))

    it('is told by its values, and is not overwritten under the context of that cluster', async () => {
      await withoutContexts()
      const said = succeeded(await install('kubeB', 'kubeB-ctx'))
      assert.match(said, /write below kubeB in zprom\.yaml: {2}context: kubeB-ctx$/m)
      assert.deepEqual((await values('reflectz')).zprom, { cluster: 'kubeB', stack: 'cases' })
      const before = await clusters.get('kubeB-ctx', 'configmap', 'prometheuz-prometheus-server')
      assertEnded(
        await install('kubeA', 'kubeB-ctx'),
        8,
        /context kubeB-ctx, namespace case-\w+: the release reflectz there belongs to kubeB, not to kubeA/,
        /name the context of kubeA/,
      )
      const after = await clusters.get('kubeB-ctx', 'configmap', 'prometheuz-prometheus-server')
      assert.equal(after?.metadata.resourceVersion, before?.metadata.resourceVersion)
      assert.equal(await statusOf(clusters, 'ziti-host', 'kubeB-ctx'), undefined)
      succeeded(await install('kubeB', 'kubeB-ctx'))
    })

    it('is not overwritten for another stack with a cluster of that name', async () => {
      await withoutContexts()
      succeeded(await install('kubeB', 'kubeB-ctx'))
      await withoutContexts('others')
      assertEnded(
        await install('kubeB', 'kubeB-ctx'),
        8,
        /release reflectz there belongs to kubeB of the stack cases, not to kubeB of the stack others/,
      )
    })

    it('is told by the name of its service when it was installed by hand', async () => {
      await withoutContexts()
      const place = ['--kube-context', 'kubeB-ctx', '--namespace', clusters.namespace]
      const chart = clusters.charts.packageOf('reflect')
      const set = ['--set', 'serviceName=kubeB.reflect.svc,prometheusServiceName=kubeB.reflect.scrape.svc']
      succeeded(await clusters.helm('kubeB', ['install', 'reflectz', chart, ...place, ...set], env()))
      assertEnded(await install('kubeA', 'kubeB-ctx'), 8, /release reflectz there belongs to kubeB, not to kubeA/)
      const there = { ...env(), KUBE_CONTEXT: 'kubeB-ctx' }
      const { code, stderr } = await clusters.script('zprom-out/kubeA/install.sh', [], there)
      assert.equal(code, 1)
      assert.match(
        stderr,
        /release reflectz there belongs to kubeB, not to kubeA of the stack cases; it was not touched/,
      )
      assert.equal(await statusOf(clusters, 'ziti-host', 'kubeB-ctx'), undefined)
      succeeded(await clusters.script('zprom-out/kubeB/install.sh', [], there))
      succeeded(await install('kubeB', 'kubeB-ctx'))
    })

    it('is not touched by the scripts either, which go wherever the environment says', async () => {
      await withoutContexts()
      const script = (path: string) =>
        clusters.script(`zprom-out/${path}.sh`, [], { ...env(), KUBE_CONTEXT: 'kubeB-ctx' })
      const state = async () => [await statusOf(clusters, 'reflectz', 'kubeB-ctx'), await values('prometheuz')]
      for (const path of ['kubeB/install', 'kubeB/install', 'kubeB/upgrade']) succeeded(await script(path))
      const before = await state()
      const refused = async (path: string, whose: string, ours: string) => {
        const { code, stderr } = await script(path)
        assert.equal(code, 1, path)
        const place = `namespace ${clusters.namespace} of context kubeB-ctx`
        assert.equal(
          stderr,
          `${place}: the release reflectz there belongs to ${whose}, not to ${ours}; it was not touched: name the context of ${ours.split(' ')[0]}, or uninstall what is there first`,
        )
        assert.deepEqual(await state(), before)
      }
      for (const name of ['install', 'upgrade', 'uninstall'])
        await refused(`kubeA/${name}`, 'kubeB of the stack cases', 'kubeA of the stack cases')
      await withoutContexts('others')
      for (const name of ['install', 'upgrade', 'uninstall'])
        await refused(`kubeB/${name}`, 'kubeB of the stack cases', 'kubeB of the stack others')
      await withoutContexts()
      succeeded(await script('kubeB/uninstall'))
      assert.equal(await statusOf(clusters, 'reflectz', 'kubeB-ctx'), undefined)
    })

    it('is not edited while it runs either, and the spec stays as it was', async () => {
      await withoutContexts()
      succeeded(await install('kubeB', 'kubeB-ctx'))
      const before = await clusters.get('kubeB-ctx', 'configmap', 'prometheuz-prometheus-server')
      const spec = await clusters.person.read('zprom.yaml')
      const add = ['add-target', 'kubeB.reflect', '--to', 'kubeA', '--live', '--wait', '0', '--yes']
      assertEnded(
        await zprom(...add, '--context', 'kubeB-ctx'),
        8,
        /the configmap prometheuz-prometheus-server there belongs to kubeB, not to kubeA/,
      )
      const after = await clusters.get('kubeB-ctx', 'configmap', 'prometheuz-prometheus-server')
      assert.equal(after?.metadata.resourceVersion, before?.metadata.resourceVersion)
      assert.equal(await clusters.person.read('zprom.yaml'), spec)
      succeeded(await install('kubeA', 'kubeA-ctx'))
      succeeded(await zprom(...add, '--context', 'kubeA-ctx'))
    })
  })
}

describe('a context that nobody meant', () => {
  const clusters = useClusters()

  it('is not the current one for an empty --context', async () => {
    await clusters.spec(({ clusters: [{ context: _a, ...a }, b], ...spec }) => ({ ...spec, clusters: [a, b] }))
    const empty = /--context is empty/
    assertEnded(await clusters.zprom(['install', 'kubeA', '--yes', '--context', '']), 2, empty)
    const add = ['add-target', 'kubeB.reflect', '--to', 'kubeA', '--live', '--yes', '--context', '']
    assertEnded(await clusters.zprom(add), 2, empty)
  })

  it('is refused by a script whose cluster is behind another one', async () => {
    const { code, stderr } = await clusters.script('zprom-out/kubeB/install.sh', [], { KUBE_CONTEXT: 'kubeA-ctx' })
    assert.equal(code, 2)
    assert.match(stderr, /the spec says that kubeB is behind context kubeB-ctx/)
    assert.equal(await statusOf(clusters, 'reflectz', 'kubeA-ctx'), undefined)
    succeeded(await clusters.script('zprom-out/kubeB/install.sh', [], { KUBE_CONTEXT: 'kubeB-ctx' }))
  })

  it('is not asked for a word that a script does not know, and --help says what the script does', async () => {
    succeeded(await clusters.script('zprom-out/kubeB/install.sh'))
    for (const name of ['install', 'upgrade', 'uninstall', 'kubectl']) {
      const path = `zprom-out/kubeB/${name}.sh`
      for (const words of [['--dry-run'], ['pods', 'x']]) {
        const { code, stderr } = await clusters.script(path, words)
        assert.equal(code, 2, `${name} ${words.join(' ')}`)
        assert.match(stderr, /unknown argument: (--dry-run|pods) \(see --help\)|one of: pods/)
      }
      const help = await clusters.script(path, ['--help'])
      assert.equal(help.code, 0)
      assert.match(help.stdout, /^[A-Z][^#]*$/)
      assert.doesNotMatch(help.stdout, /context=|set -eu/)
    }
    assert.equal(await statusOf(clusters, 'reflectz', 'kubeB-ctx'), 'deployed 1')
  })
})
