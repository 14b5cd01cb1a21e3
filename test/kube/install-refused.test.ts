import assert from 'node:assert/strict'
import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { assertEnded } from '../support/cli-world.js'
import { statusOf, succeeded, useClusters } from '../support/kube-world.js'

describe('what zprom install refuses, and what helm and kubectl refuse it', () => {
  const clusters = useClusters()
  const install = (cluster: string, ...flags: string[]) => clusters.zprom(['install', cluster, ...flags])
  const status = (release: string, context = 'kubeA-ctx') => statusOf(clusters, release, context)

  it('refuses another context than the one of the spec, one that is not there, and a guess', async () => {
    assertEnded(
      await install('kubeA', '--context', 'kubeB-ctx'),
      2,
      /the spec says that kubeA is behind context kubeA-ctx/,
    )
    await withContext('nope')
    assertEnded(
      await install('kubeB', '--yes'),
      2,
      /no context "nope"/,
      /it has: arn:aws:eks:x\/kubeA, gone-ctx, kubeA-ctx/,
    )
    await withContext(undefined)
    assertEnded(
      await install('kubeB', '--yes'),
      2,
      /which kube context is kubeB\?/,
      /there are: .*kubeB-ctx, norights-ctx/,
    )
    succeeded(await install('kubeB', '--yes', '--no-wait', '--context', 'arn:aws:eks:x/kubeA'))
    assert.equal(await status('reflectz', 'kubeA-ctx'), 'deployed 1')
    assert.equal(await status('reflectz', 'kubeB-ctx'), undefined)
  })

  it('tells who may not, and which cluster does not answer', async () => {
    await withContext('norights-ctx')
    assertEnded(
      await install('kubeB', '--yes'),
      8,
      /reflectz: nobody may not list resource "secrets" .* in the namespace "case-\w+" \(context norights-ctx\)/,
    )
    await withContext('gone-ctx')
    assertEnded(await install('kubeB', '--yes'), 8, /behind context gone-ctx does not answer: .*connection refused/)
  })

  it('tells whose objects are in the way of a second release', async () => {
    succeeded(await install('kubeB', '--yes', '--no-wait'))
    await clusters.spec(({ clusters: [a, b], ...spec }) => ({
      ...spec,
      clusters: [a, { ...b, releases: { reflect: 'other' } }],
    }))
    assertEnded(
      await install('kubeB', '--yes', '--no-wait'),
      8,
      /other: the ConfigMap reflect-identity-file in namespace case-\w+ belongs to the release reflectz/,
      /another namespace in the spec, or uninstall reflectz first/,
    )
    const namespace = await clusters.kube.newNamespace()
    await clusters.spec(({ clusters: [a, b], ...spec }) => ({ ...spec, clusters: [a, { ...b, namespace }] }))
    assertEnded(
      await install('kubeB', '--yes', '--no-wait'),
      8,
      /prometheuz: the ClusterRole prometheuz-prometheus-server belongs to a release in namespace case-/,
      /set releases\.prometheus in the spec/,
    )
    await clusters.spec(({ clusters: [a, b], ...spec }) => ({
      ...spec,
      clusters: [a, { ...b, releases: { prometheus: 'second' } }],
    }))
    assertEnded(await install('kubeB', '--yes', '--no-wait'), 8, /second: the Secret prometheus-\S+ in namespace/)
  })

  it('goes on over a release that failed, and names the way out of one that was cut off', async () => {
    const place = ['--kube-context', 'kubeB-ctx', '--namespace', clusters.namespace]
    const chart = clusters.charts.packageOf('reflect')
    const failing = ['--set', 'serviceName=x', '--wait', '--timeout', '1s']
    assert.equal((await clusters.helm('kubeB', ['install', 'reflectz', chart, ...place, ...failing])).code, 1)
    assert.equal(await status('reflectz', 'kubeB-ctx'), 'failed 1')
    succeeded(await install('kubeB', '--yes', '--no-wait'))
    assert.equal(await status('reflectz', 'kubeB-ctx'), 'deployed 2')
    await cutOff('reflectz')
    assertEnded(
      await install('kubeB', '--yes', '--no-wait'),
      8,
      /reflectz: another helm works on this release, or one was cut off/,
      /helm rollback reflectz --kube-context kubeB-ctx/,
    )
    succeeded(await clusters.helm('kubeB', ['rollback', 'reflectz', ...place]))
    succeeded(await install('kubeB', '--yes', '--no-wait'))
  })

  it('tells what helm 4 cannot change, and how', async () => {
    const { env4 } = clusters.kube
    const place = ['--kube-context', 'kubeB-ctx', '--namespace', clusters.namespace]
    const values = ['--set', 'server.ziti.enabled=false,server.scrape.id=null']
    const chart = clusters.charts.packageOf('prometheus')
    succeeded(await clusters.helm('kubeB', ['install', 'prometheuz', chart, ...place, ...values], env4))
    assertEnded(
      await clusters.zprom(['install', 'kubeB', '--yes', '--no-wait'], { env: env4 }),
      8,
      /prometheuz: the Deployment was made with another update strategy/,
      /--server-side=false/,
    )
    const command = (await clusters.file('kubeB/install.sh')).toString()
    assert.match(command, /helm upgrade --install prometheuz/)
  })

  it('tells what helm 4 keeps because somebody changed it by hand', async () => {
    const env = clusters.kube.env4
    succeeded(await clusters.zprom(['install', 'kubeB', '--yes', '--no-wait'], { env }))
    const edit = { ...env, KUBE_EDITOR: 'sed -i s/10s/11s/' }
    succeeded(await clusters.script('zprom-out/kubeB/kubectl.sh', ['edit'], edit))
    assertEnded(
      await clusters.zprom(['install', 'kubeB', '--yes', '--no-wait'], { env }),
      8,
      /prometheuz: something that helm set was changed since by kubectl-edit/,
      /--force-conflicts/,
    )
  })

  it('tells about an object of the same name that no helm made', async () => {
    const make = ['--namespace', clusters.namespace, 'create', 'configmap', 'reflect-identity-file']
    await clusters.kube.kubectl('kubeB-ctx', ...make)
    assertEnded(
      await install('kubeB', '--yes', '--no-wait'),
      8,
      /reflectz: there is a ConfigMap reflect-identity-file in namespace case-\w+ that helm did not make/,
    )
  })

  it('tells about charts that are not where the spec says', async () => {
    await clusters.spec(spec => ({ ...spec, charts: { ...spec.charts, reflect: '9.9.9' } }))
    assertEnded(await install('kubeB', '--yes'), 8, /reflectz: chart "reflect" .*9\.9\.9/, /versions under `charts:`/)
    await clusters.spec(spec => ({ ...spec, charts: { ...spec.charts, repository: 'http://127.0.0.1:1' } }))
    assertEnded(await install('kubeB', '--yes'), 8, /the chart repository does not answer: .*refused/)
  })

  it('says what to install when helm or kubectl is missing', async () => {
    const bin = join(clusters.person.folder, 'bin')
    await mkdir(bin, { recursive: true })
    const env = { PATH: bin }
    const run = () => clusters.zprom(['install', 'kubeB', '--yes'], { env })
    assertEnded(await run(), 8, /helm is not installed/, /install helm 3 or later/)
    await writeFile(join(bin, 'helm'), '#!/bin/sh\necho "Error: unknown flag: --template" >&2; exit 1\n')
    await chmod(join(bin, 'helm'), 0o755)
    assertEnded(await run(), 8, /helm 3 or later is needed; helm version failed: unknown flag/)
    await rm(join(bin, 'helm'))
    await symlink(join(clusters.kube.env.PATH?.split(':')[0] ?? '', 'helm'), join(bin, 'helm'))
    assertEnded(await run(), 8, /kubectl is not installed/)
  })

  it('has no such cluster, and takes no such time', async () => {
    assertEnded(await install('kubeX'), 2, /kubeX: the spec has no such cluster/, /it has: kubeA, kubeB/)
    assertEnded(await install('kubeA', '--timeout', 'soon'), 2, /--timeout soon: it is a number with a unit/)
  })

  const withContext = (context: string | undefined) =>
    clusters.spec(({ clusters: [a, { context: _old, ...b }], ...spec }) => ({
      ...spec,
      clusters: [a, { ...b, ...(context !== undefined && { context }) }],
    }))

  // Ended in the middle by what no program can defend itself against.
  const cutOff = async (release: string) => {
    const place = ['--kube-context', 'kubeB-ctx', '--namespace', clusters.namespace]
    const helm = execa('helm', ['upgrade', release, clusters.charts.packageOf('reflect'), ...place, '--wait'], {
      ...{ env: { ...clusters.kube.env }, reject: false, stdin: 'ignore' },
    })
    while (!(await status(release, 'kubeB-ctx'))?.startsWith('pending-upgrade')) assert.equal(helm.exitCode, null)
    helm.kill('SIGKILL')
    await helm
  }
})
