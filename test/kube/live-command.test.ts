import assert from 'node:assert/strict'
import { parse } from 'yaml'
import type { Person } from '../support/cli.js'
import { assertEnded, documentOf, useWorld } from '../support/cli-world.js'
import { hasPrometheus, startClusterPrometheus } from '../support/cluster-prometheus.js'
import { sharedKube, type TestKube, whyNoKube } from '../support/kube.js'
import { chartConfig, LiveWorld } from '../support/live-world.js'
import { requires } from '../support/requires.js'
import { until } from '../support/world-checks.js'

describe('zprom add-target and remove-target --live', () => {
  const world = useWorld()
  let kube: TestKube
  before(async function () {
    this.timeout(150_000)
    const missing = await whyNoKube()
    requires(this, missing === undefined, missing ?? '')
    kube = await sharedKube()
  })

  // A person with an applied spec of two clusters, and the ConfigMap of the first.
  async function arrive(context: string | null = 'kubeA-ctx', text = chartConfig) {
    const cluster = await LiveWorld.make(kube, text)
    const person = await world.worker()
    const { namespace } = cluster
    const clusters = [
      { name: 'kubeA', prometheus: 'tunneled', namespace, ...(context !== null && { context }) },
      { name: 'kubeB', prometheus: 'dark' },
    ]
    await person.write('zprom.yaml', JSON.stringify({ stack: 'live', clusters }, null, 2))
    await person.ok(['apply', '--yes'])
    return { cluster, person }
  }
  const add = ['add-target', 'kubeB.reflect', '--to', 'kubeA', '--live', '--wait', '0', '--yes']
  const remove = ['remove-target', 'kubeB.reflect', '--from', 'kubeA', '--live', '--wait', '0', '--yes']
  const jobsIn = async (cluster: LiveWorld) =>
    parse(await cluster.text()).scrape_configs.map(({ job_name }: { job_name: string }) => job_name)
  const valuesOf = async (person: Person) =>
    parse(await person.read('zprom-out/kubeA/prometheus.values.yaml')).extraScrapeConfigs

  it('put a job into the spec, the values and the cluster, and take it out again', async () => {
    const { cluster, person } = await arrive()
    const said = await person.ok(add, { env: kube.env })
    assert.match(
      said,
      /^kubeA, context kubeA-ctx, namespace case-\w+, configmap prometheuz-prometheus-server:\n {2}@@ .*@@$/m,
    )
    assert.match(said, /^ {2}\+- job_name: kubeB\.reflectz$/m)
    assert.match(said, /^kubeA: configmap \S+ edited: added kubeA\.reflectz, added kubeB\.reflectz$/m)
    assert.match(said, /^The next helm upgrade or rollback of prometheuz writes its own text over this configmap/m)
    assert.match(
      said,
      /^With zprom-out\/kubeA\/upgrade\.sh zprom's jobs are in it again: .*prometheus\.values\.yaml has/m,
    )
    assert.doesNotMatch(said, /zprom install/)
    assert.deepEqual(await jobsIn(cluster), ['prometheus', 'kubeA.reflectz', 'kubeB.reflectz'])
    assert.ok((await cluster.text()).endsWith(await valuesOf(person)))
    assert.match(await person.ok(add, { env: kube.env }), /^kubeA: configmap \S+ is up to date$/m)

    const removed = await person.ok(remove, { env: kube.env })
    assert.match(removed, /^kubeA: configmap \S+ edited: removed kubeB\.reflectz$/m)
    assert.deepEqual(await jobsIn(cluster), ['prometheus', 'kubeA.reflectz'])
    assert.ok((await cluster.text()).endsWith(await valuesOf(person)))
    assert.match(await person.ok(remove, { env: kube.env }), /^kubeA: configmap \S+ is up to date$/m)
  })

  it('say under --json what became of each cluster', async () => {
    const { person } = await arrive()
    const { live, jobs } = documentOf(await person.run([...add, '--json'], { env: kube.env }))
    assert.equal(jobs.length, 1)
    assert.deepEqual(live, [
      {
        cluster: 'kubeA',
        configMap: 'prometheuz-prometheus-server',
        context: 'kubeA-ctx',
        edit: 'written',
        jobs: [
          { job: 'kubeA.reflectz', state: 'added' },
          { job: 'kubeB.reflectz', state: 'added' },
        ],
        attempts: 1,
        reload: { state: 'not-watched' },
      },
    ])
  })

  it('show with --dry-run what would change, and change nothing', async () => {
    const { cluster, person } = await arrive()
    const spec = await person.read('zprom.yaml')
    const said = await person.ok([...add, '--dry-run'], { env: kube.env })
    assert.match(said, /^ {2}\+- job_name: kubeB\.reflectz$/m)
    assert.match(said, /^kubeA: configmap \S+ was not changed$/m)
    assert.equal(await cluster.text(), chartConfig)
    assert.equal(await person.read('zprom.yaml'), spec)
  })

  it('want to know the context before they do anything', async () => {
    const { cluster, person } = await arrive(null)
    const spec = await person.read('zprom.yaml')
    const patterns = [/which kube context is kubeA\?/, /pass --context, or write `context:` below kubeA/] as const
    assertEnded(await person.run(add, { env: kube.env }), 2, ...patterns)
    const slow = add.map(word => (word === '0' ? '2 min' : word))
    const there = ['--context', 'kubeA-ctx']
    assertEnded(await person.run([...slow, ...there], { env: kube.env }), 2, /--wait 2 min is no time span/)
    assert.equal(await person.read('zprom.yaml'), spec)
    await cluster.mark('kubeA', 'live')
    assert.match(await person.ok([...add, ...there], { env: kube.env }), /edited: added/)
    assert.deepEqual((await jobsIn(cluster)).length, 3)
  })

  it('do not edit what does not say whose it is, behind a context that the spec does not name', async () => {
    const { cluster, person } = await arrive(null)
    const spec = await person.read('zprom.yaml')
    assertEnded(
      await person.run([...add, '--context', 'kubeA-ctx'], { env: kube.env }),
      8,
      /configmap prometheuz-prometheus-server there does not say whose it is; it was not touched/,
      /write `context:` below kubeA in the spec; or have it say so: zprom install kubeA --context kubeA-ctx/,
    )
    assert.equal(await person.read('zprom.yaml'), spec)
    assert.equal(await cluster.text(), chartConfig)
  })

  it('do not go behind another context than the one in the spec', async () => {
    const { person } = await arrive()
    const ran = await person.run([...add, '--context', 'kubeB-ctx'], { env: kube.env })
    assertEnded(ran, 2, /--context kubeB-ctx: the spec says that kubeA is behind context kubeA-ctx/)
    const local = await person.run(['add-target', 'kubeB.reflect', '--to', 'kubeB', '--live', '--yes'], {
      env: kube.env,
    })
    assertEnded(local, 2, /which kube context is kubeB/)
  })

  it('do nothing at all, in the spec neither, when a foreign job has the name', async () => {
    const taken = `${chartConfig}- job_name: kubeB.reflectz\n  static_configs: [{targets: ['10.0.0.1:80']}]\n`
    const { cluster, person } = await arrive('kubeA-ctx', taken)
    const spec = await person.read('zprom.yaml')
    const ran = await person.run(add, { env: kube.env })
    assertEnded(
      ran,
      8,
      /the job name "kubeB\.reflectz" is taken: what is there scrapes 10\.0\.0\.1:80/,
      /kubectl .* edit conf/,
    )
    assert.equal(await person.read('zprom.yaml'), spec)
    assert.equal(await cluster.text(), taken)
  })

  it('go on from where they broke off when they are run again', async () => {
    const { cluster, person } = await arrive()
    await person.ok(add, { env: kube.env })
    const nowhere = { ...kube.env, KUBECONFIG: '/nowhere' }
    assertEnded(await person.run(remove, { env: nowhere }), 8, /the kubeconfig has no context "kubeA-ctx"/)
    assert.match(await valuesOf(person), /kubeB/)
    await cluster.kubectl('patch', 'configmap', cluster.configMap, '--type', 'merge', '--patch', '{"immutable": true}')
    assertEnded(await person.run(remove, { env: kube.env }), 8, /immutable/)
    const text = await cluster.text()
    await cluster.kubectl('delete', 'configmap', cluster.configMap)
    await cluster.kubectl('create', 'configmap', cluster.configMap, `--from-literal=prometheus.yml=${text}`)
    assert.doesNotMatch(await valuesOf(person), /kubeB/)
    assert.equal((await jobsIn(cluster)).length, 3)
    assert.match(await person.ok(remove, { env: kube.env }), /edited: removed kubeB\.reflectz/)
    assert.deepEqual(await jobsIn(cluster), ['prometheus', 'kubeA.reflectz'])
  })

  it('tell every failure and what was done, also under --json', async () => {
    const { cluster: a, person } = await arrive()
    const b = await LiveWorld.make(kube, chartConfig)
    const spec = (context: string) => ({
      stack: 'live',
      clusters: [
        { name: 'kubeA', prometheus: 'tunneled', namespace: a.namespace, context: 'kubeA-ctx' },
        { name: 'kubeB', prometheus: 'dark', namespace: b.namespace, context },
        { name: 'kubeC', prometheus: 'dark', namespace: 'nowhere', context: 'gone-ctx' },
      ],
    })
    const both = ['add-target', 'kubeA.reflect', '--to', 'all', '--live', '--wait', '0', '--yes', '--json']
    await person.write('zprom.yaml', JSON.stringify(spec('arn:aws:eks:x/kubeA'), null, 2))
    const before = documentOf(await person.run(both, { env: kube.env }))
    assert.deepEqual(
      before.error.failures.map((one: { cluster: string }) => one.cluster),
      ['kubeC'],
    )
    assert.equal(await a.text(), chartConfig)
    // May be looked at, and not written: what no look beforehand can tell.
    await b.kubectl('create', 'role', 'reader', '--verb=get', '--resource=configmaps')
    await b.kubectl('create', 'rolebinding', 'reader', '--role=reader', '--user=nobody')
    const [first, second] = spec('norights-ctx').clusters
    await person.write('zprom.yaml', JSON.stringify({ stack: 'live', clusters: [first, second] }, null, 2))
    const { error, live, report } = documentOf(await person.run(both, { env: kube.env }))
    assert.equal(error.exitCode, 8)
    assert.match(error.failures[0].message, /cannot update resource "configmaps"/)
    assert.deepEqual([error.failures[0].cluster, error.failures[0].context], ['kubeB', 'norights-ctx'])
    assert.deepEqual([live[0].cluster, live[0].edit], ['kubeA', 'written'])
    assert.ok(Array.isArray(report.outcomes))
    assert.equal(await b.text(), chartConfig)
  })

  it('tell under --json what was applied and what was edited when they are interrupted', async function () {
    requires(this, await hasPrometheus(), 'prometheus is not installed')
    const { cluster: a, person } = await arrive()
    // One that never loads what is new: it is waited for.
    const prometheus = await startClusterPrometheus(a, 'prometheuz')
    const b = await LiveWorld.make(kube, chartConfig)
    const clusters = [
      { name: 'kubeA', prometheus: 'tunneled', namespace: a.namespace, context: 'kubeA-ctx' },
      { name: 'kubeB', prometheus: 'dark', namespace: b.namespace, context: 'arn:aws:eks:x/kubeA' },
    ]
    await person.write('zprom.yaml', JSON.stringify({ stack: 'live', clusters }, null, 2))
    const both = ['add-target', 'kubeA.reflect', '--to', 'all', '--live', '--wait', '5m', '--yes', '--json']
    const run = person.run(both, {
      env: kube.env,
      onStart: async kill => {
        await until('the first is edited', async () => (await a.text()) !== chartConfig)
        kill('SIGINT')
      },
    })
    const ran = await run.finally(prometheus.stop)
    const { error, live, report } = documentOf(ran)
    assert.deepEqual([ran.code, error.code], [130, 'INTERRUPTED'])
    assert.deepEqual(
      live.map(({ cluster, edit }: { cluster: string; edit: string }) => [cluster, edit]),
      [['kubeA', 'written']],
    )
    assert.ok(Array.isArray(report.outcomes))
    assert.equal(await b.text(), chartConfig)
  })

  it('do not take flags of --live without it', async () => {
    const { person } = await arrive()
    for (const flag of [
      ['--context', 'kubeA-ctx'],
      ['--wait', '5m'],
    ])
      for (const words of [add, remove]) {
        const without = words.filter(word => !['--live', '--wait', '0'].includes(word))
        const ran = await person.run([...without, ...flag], { env: kube.env })
        assertEnded(ran, 2, /must be provided when using --(context|wait): --live/)
      }
  })

  it('warn that values changed by hand may lack the job', async () => {
    const { person } = await arrive()
    const path = 'zprom-out/kubeA/prometheus.values.yaml'
    await person.write(path, `${await person.read(path)}# mine\n`)
    const warning =
      /^! zprom-out\/kubeA\/prometheus\.values\.yaml was changed by hand and is kept: unless the jobs are in it/m
    assert.match(await person.ok(add, { env: kube.env }), warning)
  })

  it('warn, and do not fail, when no pod runs that could load it', async () => {
    const { person } = await arrive()
    const waiting = add.filter(word => word !== '--wait' && word !== '0')
    const said = await person.ok(waiting, { env: kube.env })
    assert.match(
      said,
      /^! kubeA: no pod of prometheuz-prometheus-server runs; .*\n {2}look with: sh zprom-out\/kubeA\/kubectl\.sh pods$/m,
    )
  })

  it('have nobody to ask without a terminal, and name the flag', async () => {
    const { cluster, person } = await arrive()
    await person.ok(['add-target', 'kubeB.reflect', '--to', 'kubeA', '--yes'])
    const unasked = add.filter(word => word !== '--yes')
    assertEnded(
      await person.run(unasked, { env: kube.env }),
      2,
      /nobody is there to answer "Edit the running .*kubeA \(context kubeA-ctx, namespace case-\w+\)\?"/,
      /--yes/,
    )
    assert.equal(await cluster.text(), chartConfig)
  })
})
