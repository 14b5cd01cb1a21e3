import assert from 'node:assert/strict'
import { parse } from 'yaml'
import { Interrupted, LiveConfigError, ToolError } from '../../src/errors.js'
import { clusterIdentityFile, prometheuzJob } from '../../src/render/jobs.js'
import { printYaml } from '../../src/render/yaml.js'
import { sharedKube, type TestKube, whyNoKube } from '../support/kube.js'
import { chartConfig, kubeA, LiveWorld, server } from '../support/live-world.js'
import { requires } from '../support/requires.js'

describe('the live edit of a ConfigMap', () => {
  let kube: TestKube
  before(async function () {
    this.timeout(150_000)
    const missing = await whyNoKube()
    requires(this, missing === undefined, missing ?? '')
    kube = await sharedKube()
  })

  it('adds the jobs after those that are there, once', async () => {
    const world = await LiveWorld.make(kube, chartConfig)
    const { jobs } = kubeA(world.namespace).scraper
    const report = await world.apply()
    assert.deepEqual(report, {
      cluster: 'kubeA',
      configMap: server,
      context: 'kubeA-ctx',
      edit: 'written',
      jobs: [
        { job: 'kubeA.reflectz', state: 'added' },
        { job: 'kubeB.reflectz', state: 'added' },
      ],
      attempts: 1,
      reload: { state: 'not-watched' },
    })
    const text = await world.text()
    assert.equal(text, chartConfig + printYaml(jobs.map(job => prometheuzJob(job, clusterIdentityFile))))
    assert.match(world.diffs.join(), /^@@ .*@@\n .*localhost:9090\n\+- job_name: kubeA\.reflectz/s)

    const version = await versionOf(world)
    const again = await world.apply({}, { confirm: async () => assert.fail('asked though nothing changes') })
    assert.equal(again.edit, 'unchanged')
    assert.equal(await versionOf(world), version)
  })

  it('keeps the other keys of the ConfigMap', async () => {
    const world = await LiveWorld.make(kube, chartConfig)
    await world.kubectl('label', 'configmap', server, 'mine=1')
    await world.apply()
    const { data, metadata } = JSON.parse(await world.kubectl('get', 'configmap', server, '-o', 'json'))
    assert.deepEqual(Object.keys(data), ['alerts', 'prometheus.yml'])
    assert.deepEqual(metadata.labels, { mine: '1' })
  })

  it('takes out what is gone and leaves the rest', async () => {
    const world = await LiveWorld.make(kube, chartConfig)
    const both = kubeA(world.namespace).scraper.jobs
    await world.apply()
    const [first, second] = both
    assert.ok(first && second)
    const { jobs } = await world.apply({ wanted: [first], gone: both.map(({ target }) => target.service) })
    assert.deepEqual(jobs, [
      { job: 'kubeB.reflectz', state: 'removed' },
      { job: 'kubeA.reflectz', state: 'unchanged' },
    ])
    assert.equal(await world.text(), chartConfig + printYaml([prometheuzJob(first, clusterIdentityFile)]))
  })

  it('writes nothing when the change is not wanted', async () => {
    const world = await LiveWorld.make(kube, chartConfig)
    const version = await versionOf(world)
    const report = await world.apply({}, { confirm: async () => false })
    assert.equal(report.edit, 'declined')
    assert.equal(await versionOf(world), version)
  })

  it('merges with what somebody else writes while the person looks at the change', async () => {
    const world = await LiveWorld.make(kube, chartConfig)
    const theirs = chartConfig.replace('scrape_interval: 1m', 'scrape_interval: 30s # theirs')
    let asked = 0
    const report = await world.apply(
      {},
      {
        confirm: async () => {
          asked++
          await world.edit(theirs)
          return true
        },
      },
    )
    assert.equal(report.edit, 'written')
    assert.deepEqual([report.attempts, asked], [2, 1])
    assert.ok((await world.text()).startsWith(theirs))
    assert.match(world.said.join(), /somebody else changed configmap prometheuz-prometheus-server meanwhile/)
  })

  it('asks again when the change has become another one', async () => {
    const world = await LiveWorld.make(kube, chartConfig)
    const [first] = kubeA(world.namespace).scraper.jobs
    assert.ok(first)
    const outdated = { ...prometheuzJob(first, clusterIdentityFile), scrape_interval: '1h' }
    const shown: string[][] = []
    await world.apply(
      {},
      {
        confirm: async ({ jobs }) => {
          shown.push(jobs.map(({ state }) => state))
          if (shown.length === 1) await world.edit(chartConfig + printYaml([outdated]))
          return true
        },
      },
    )
    assert.deepEqual(shown, [
      ['added', 'added'],
      ['replaced', 'added'],
    ])
    assert.doesNotMatch(await world.text(), /1h/)
  })

  it('loses nothing when several edit at once', async () => {
    const world = await LiveWorld.make(kube, chartConfig)
    const targets = ['kubeA.reflect', 'kubeB.reflect', 'kubeB.prometheus']
    const reports = await Promise.all(
      targets.map(target => world.apply({ cluster: kubeA(world.namespace, { scrape: [target] }) })),
    )
    assert.deepEqual(
      reports.map(({ edit }) => edit),
      ['written', 'written', 'written'],
    )
    const names = parse(await world.text()).scrape_configs.map(({ job_name }: { job_name: string }) => job_name)
    assert.deepEqual(names.sort(), ['kubeA.reflectz', 'kubeB.prometheus', 'kubeB.reflectz', 'prometheus'])
  })

  it('gives up when somebody else is faster every time, and leaves what they wrote', async () => {
    const world = await LiveWorld.make(kube, chartConfig)
    let edits = 0
    const busy = async () => {
      // Each time it becomes another change, so that it is asked each time.
      const name = edits++ % 2 === 0 ? 'kubeA.reflectz' : 'kubeB.reflectz'
      const job = kubeA(world.namespace).scraper.jobs.find(one => one.name === name)
      assert.ok(job)
      await world.edit(chartConfig + printYaml([prometheuzJob(job, clusterIdentityFile)]))
      return true
    }
    await assert.rejects(world.apply({}, { confirm: busy }), (error: unknown) => {
      assert.ok(error instanceof ToolError)
      assert.match(error.message, /changed by somebody else each of the 5 times that zprom tried; nothing was written/)
      return true
    })
    assert.equal(edits, 5)
    assert.equal(parse(await world.text()).scrape_configs.length, 2)
  })

  it('writes nothing after an interruption', async () => {
    const world = await LiveWorld.make(kube, chartConfig)
    await assert.rejects(world.apply({}, { signal: AbortSignal.abort() }), Interrupted)
    assert.equal(await world.text(), chartConfig)
  })

  const broken: Record<string, [text: string, message: RegExp]> = {
    'has tabs': ['global:\n\tx: 1\n', /prometheuz-prometheus-server\/prometheus\.yml:2:1 a tab is used/],
    'has a key twice': [`${chartConfig}global: {}\n`, /the key "global" is there twice/],
    'has jobs under an alias': ['x: &x [{job_name: y}]\nscrape_configs: *x\n', /cannot edit without harm/],
    'has a foreign job of our name': [
      `${chartConfig}- job_name: kubeB.reflectz\n  static_configs: [{targets: ['x:1']}]\n`,
      /:12:13 .*the job name "kubeB\.reflectz" is taken: what is there scrapes x:1/,
    ],
    'is no map': ['hello', /not a single value/],
  }
  for (const [what, [text, message]] of Object.entries(broken)) {
    it(`refuses a configuration that ${what}, and leaves it as it is`, async () => {
      const world = await LiveWorld.make(kube, text)
      await assert.rejects(world.apply(), (error: unknown) => {
        assert.ok(error instanceof LiveConfigError)
        assert.match(error.message, message)
        assert.match(error.hint ?? '', /kubectl --context kubeA-ctx --namespace case-\w+ edit configmap prometheuz-/)
        return true
      })
      assert.equal(await world.text(), text)
    })
  }

  it('begins the list in a configuration without one', async () => {
    const world = await LiveWorld.make(kube, 'global: {}\n')
    await world.apply()
    assert.equal(parse(await world.text()).scrape_configs.length, 2)
  })

  it('shows no secret of the configuration', async () => {
    const world = await LiveWorld.make(kube, `${chartConfig}  basic_auth: {username: u, password: hunter2}\n`)
    await world.apply()
    assert.match(world.diffs.join(), /password: <hidden>/)
    assert.doesNotMatch([...world.diffs, ...world.said].join(), /hunter2/)
    assert.match(await world.text(), /hunter2/)
  })
})

async function versionOf(world: LiveWorld): Promise<string> {
  return world.kubectl('get', 'configmap', server, '--output', 'jsonpath={.metadata.resourceVersion}')
}
