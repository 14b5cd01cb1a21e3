import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { assertEnded, documentOf } from '../support/cli-world.js'
import type { KubeContext } from '../support/kube.js'
import { statusOf, succeeded, useClusters } from '../support/kube-world.js'

describe('zprom install', () => {
  const clusters = useClusters()
  const install = (cluster: string, ...flags: string[]) => clusters.zprom(['install', cluster, ...flags])
  const status = (release: string, context = 'kubeA-ctx') => statusOf(clusters, release, context)

  it('runs the commands of install.sh, shown before, and brings what is there up to date the next time', async () => {
    const said = succeeded(await install('kubeA', '--yes', '--no-wait'))
    const script = (await clusters.file('kubeA/install.sh')).toString()
    const commands = script.slice(script.indexOf('\nhelm upgrade') + 1).replaceAll('"$context"', 'kubeA-ctx')
    assert.ok(said.startsWith(`cd zprom-out/kubeA\n${commands}`), said)
    assert.match(said, /\nDone: 3 releases installed; context kubeA-ctx, namespace case-\w+, [\d.]+ s\.\n$/)
    for (const release of ['ziti-host', 'reflectz', 'prometheuz'])
      assert.equal(await status(release), 'deployed 1', release)
    succeeded(await install('kubeA', '--yes', '--no-wait'))
    assert.equal(await status('prometheuz'), 'deployed 2')
    assert.deepEqual(
      Buffer.from(
        (await clusters.get('kubeA-ctx', 'secret', 'prometheus-scrape-identity-secret'))?.data?.zid ?? '',
        'base64',
      ),
      await clusters.file('kubeA/kubeA.prometheus.id.json'),
    )
  })

  it('prints the same commands with --dry-run, and does nothing', async () => {
    const said = succeeded(await install('kubeB', '--dry-run'))
    assert.match(said, /^cd zprom-out\/kubeB\nhelm upgrade --install reflectz reflect \\\n {2}--kube-context kubeB-ctx/)
    assert.match(said, /^kubectl --context kubeB-ctx .* rollout status deployment\/reflectz --timeout 5m$/m)
    assert.equal(await status('reflectz', 'kubeB-ctx'), undefined)
    const env = { PATH: '/nowhere' }
    assert.equal(succeeded(await clusters.zprom(['install', 'kubeB', '--dry-run'], { env })), said)
  })

  it('asks first: with nobody to ask and no --yes it does nothing', async () => {
    assertEnded(await install('kubeA'), 2, /nobody is there to answer/, /pass --yes/)
    assert.equal(await status('reflectz'), undefined)
  })

  it('is one JSON document with --json, well or not', async () => {
    const done = documentOf(await install('kubeB', '--yes', '--no-wait', '--json'))
    assert.equal(done.commands.length, 2)
    assert.deepEqual(
      done.report.releases.map((one: { release: string; result: string }) => `${one.release} ${one.result}`),
      ['reflectz not-waited-for', 'prometheuz not-waited-for'],
    )
    const failed = documentOf(await install('kubeB', '--yes', '--timeout', '1s', '--json'))
    assert.equal(failed.error.exitCode, 8)
    assert.deepEqual(
      failed.report.releases.map((one: { release: string; result: string }) => `${one.release} ${one.result}`),
      ['reflectz failed', 'prometheuz skipped'],
    )
  })

  it('tells what the pods say when they do not run in time, and leaves the rest for the next run', async () => {
    const none = await install('kubeB', '--yes', '--timeout', '1s')
    assertEnded(none, 8, /reflectz: installed, but its pods do not run: timed out/, /no pod of deployment\/reflectz/)
    assert.match(none.stdout, /^failed +reflectz +reflect 0\.3\.9\nskipped +prometheuz/m)
    assert.match(none.stdout, /Incomplete: 0 releases installed, 1 failed, 1 skipped;/)
    await putPod('kubeB-ctx')
    assertEnded(
      await install('kubeB', '--yes', '--timeout', '1s'),
      8,
      /pod reflectz-0: Pending/,
      /container reflect: ImagePullBackOff: Back-off pulling image/,
      /event: Failed to pull image "nfnpieros\/reflect:0\.0\.4": no such host/,
      /container sidecar: Error \(exit code 1\): no identity in \*\*\*/,
      /the log of sidecar is empty/,
      /look closer with: kubectl --context kubeB-ctx --namespace case-\w+ describe deployment\/reflectz/,
    )
  })

  it('previews no option for a token that is gone, and no context that is not there', async () => {
    assert.match(succeeded(await install('kubeA', '--dry-run')), /--set-file zitiEnrollToken=kubeA\.ziti\.id\.jwt/)
    const token = await take('kubeA/kubeA.ziti.id.jwt')
    assert.doesNotMatch(succeeded(await install('kubeA', '--dry-run')), /zitiEnrollToken/)
    await token.putBack()
    await clusters.spec(({ clusters: [a, b], ...spec }) => ({ ...spec, clusters: [{ ...a, context: 'nope' }, b] }))
    assertEnded(await install('kubeA', '--dry-run'), 2, /the kubeconfig has no context "nope"/)
  })

  it('refuses identity files that the pods could not use, and shows nothing of them', async () => {
    const identity = await take('kubeB/kubeB.prometheus.id.json')
    const path = join(clusters.person.folder, 'zprom-out/kubeB/kubeB.prometheus.id.json')
    const { ztAPI, id } = JSON.parse(identity.text().toString())
    for (const [file, pattern] of [
      [{ ztAPIs: [ztAPI], id }, /it has "ztAPIs", which Prometheus and reflect do not read, and no "ztAPI"/],
      [{ id }, /it has no "ztAPI"/],
      [{ ztAPI, id: { ...id, ca: '' } }, /its "id\.ca" holds no PEM text/],
      [{ ztAPI, id: { ...id, key: 'file:///tmp/key.pem' } }, /its "id\.key" holds no PEM text/],
      ['eyJhbGciOi', /it is no JSON with "ztAPI" and "id"/],
    ] as const) {
      await writeFile(path, typeof file === 'string' ? file : JSON.stringify(file), { mode: 0o600 })
      const ran = await install('kubeB', '--yes')
      assertEnded(ran, 8, pattern, /kubeB\.prometheus\.id\.json cannot be used/, /--re-enroll kubeB\.prometheus\.id/)
      assert.doesNotMatch(ran.stderr, /BEGIN|eyJ/)
    }
    await identity.putBack()
    assert.equal(await status('reflectz', 'kubeB-ctx'), undefined)
  })

  it('asks for identities before anything is done, for a spent token only where nothing is installed', async () => {
    const identity = await take('kubeA/kubeA.reflect.id.json')
    assertEnded(await install('kubeA', '--yes'), 8, /kubeA\.reflect\.id\.json is missing/, /run zprom apply/)
    await identity.putBack()
    const token = await take('kubeA/kubeA.ziti.id.jwt')
    assertEnded(await install('kubeA', '--yes'), 8, /kubeA\.ziti\.id\.jwt is missing/, /--re-enroll kubeA\.ziti\.id/)
    assert.equal(await status('reflectz'), undefined)
    // Whether something is installed must be known, not guessed from an answer that did not come.
    for (const [context, pattern] of [
      ['gone-ctx', /behind context gone-ctx does not answer: .*refused/],
      ['norights-ctx', /ziti-host: nobody may not list resource "secrets" .*\(context norights-ctx\)/],
    ] as const) {
      await clusters.spec(({ clusters: [a, b], ...spec }) => ({ ...spec, clusters: [{ ...a, context }, b] }))
      const ran = await install('kubeA', '--yes')
      assertEnded(ran, 8, pattern)
      assert.doesNotMatch(ran.stderr, /re-enroll/)
    }
    await clusters.spec()
    await token.putBack()
    succeeded(await install('kubeA', '--yes', '--no-wait'))
    await take('kubeA/kubeA.ziti.id.jwt')
    const said = succeeded(await install('kubeA', '--yes', '--no-wait'))
    assert.doesNotMatch(said, /zitiEnrollToken/)
    await token.putBack()
  })

  it('keeps a values file that a person changed, says so, and replaces it with --force', async () => {
    const path = 'zprom-out/kubeB/reflect.values.yaml'
    const text = (await clusters.file('kubeB/reflect.values.yaml')).toString()
    await clusters.person.write(path, text.replace(/^serviceName: .*$/m, 'serviceName: mine'))
    const service = async () => JSON.stringify((await clusters.get('kubeB-ctx', 'deployment', 'reflectz'))?.spec)
    const said = succeeded(await install('kubeB', '--yes', '--no-wait'))
    assert.match(said, /! zprom-out\/kubeB\/reflect\.values\.yaml was changed by hand and is kept/)
    assert.match(await service(), /"value":"mine"/)
    succeeded(await install('kubeB', '--yes', '--no-wait', '--force'))
    assert.match(await service(), /"value":"kubeB\.reflect\.svc"/)
  })

  const take = async (path: string) => {
    const bytes = await clusters.file(path)
    const full = join(clusters.person.folder, 'zprom-out', path)
    await rm(full)
    return { text: () => bytes, putBack: () => writeFile(full, bytes, { mode: 0o600 }) }
  }

  // A pod as a kubelet would tell of it, for there is none here.
  const putPod = async (context: KubeContext) => {
    const place = ['--namespace', clusters.namespace]
    const labels = { 'app.kubernetes.io/name': 'reflect', 'app.kubernetes.io/instance': 'reflectz' }
    const containers = ['reflect', 'sidecar'].map(name => ({ name, image: 'x' }))
    const put = async (object: object) => {
      const path = join(clusters.person.folder, 'object.json')
      await writeFile(path, JSON.stringify(object))
      await clusters.kube.kubectl(context, ...place, 'create', '--filename', path)
    }
    const metadata = { name: 'reflectz-0', labels }
    await put({ apiVersion: 'v1', kind: 'Pod', metadata, spec: { serviceAccountName: 'reflectz', containers } })
    const involvedObject = { kind: 'Pod', name: 'reflectz-0', namespace: clusters.namespace }
    await put({
      ...{ apiVersion: 'v1', kind: 'Event', metadata: { name: 'reflectz-0.1' }, involvedObject },
      ...{ type: 'Warning', reason: 'Failed', message: 'Failed to pull image "nfnpieros/reflect:0.0.4": no such host' },
    })
    const pulling = { reason: 'ImagePullBackOff', message: 'Back-off pulling image' }
    const token = `eyJ${'a'.repeat(20)}.eyJ${'b'.repeat(20)}.c`
    const ended = { reason: 'Error', exitCode: 1, message: `no identity in ${token}` }
    const base = { image: 'x', imageID: '', ready: false, restartCount: 0 }
    const containerStatuses = [
      { ...base, name: 'reflect', state: { waiting: pulling } },
      { ...base, name: 'sidecar', state: { terminated: ended } },
    ]
    const patch = JSON.stringify({ status: { phase: 'Pending', containerStatuses } })
    const target = ['patch', 'pod', 'reflectz-0', '--subresource', 'status', '--type', 'merge', '--patch', patch]
    await clusters.kube.kubectl(context, ...place, ...target)
  }
})
