import assert from 'node:assert/strict'
import type { LiveDeps } from '../../src/flows/live.js'
import { type ClusterPrometheus, hasPrometheus, startClusterPrometheus } from '../support/cluster-prometheus.js'
import { sharedKube, type TestKube, whyNoKube } from '../support/kube.js'
import { chartConfig, kubeA, LiveWorld } from '../support/live-world.js'
import { requires } from '../support/requires.js'

describe('the watch for the reload after a live edit', () => {
  let kube: TestKube
  const running: ClusterPrometheus[] = []
  before(async function () {
    this.timeout(150_000)
    const missing = await whyNoKube()
    requires(this, missing === undefined, missing ?? '')
    requires(this, await hasPrometheus(), 'prometheus is not installed')
    kube = await sharedKube()
  })
  afterEach(() => Promise.all(running.splice(0).map(one => one.stop())))

  async function arrive() {
    const world = await LiveWorld.make(kube, chartConfig)
    const prometheus = await startClusterPrometheus(world, 'prometheuz')
    running.push(prometheus)
    return { world, prometheus }
  }

  // Does something as soon as the watch has begun.
  function once(world: LiveWorld, act: () => unknown): Partial<LiveDeps> {
    return {
      listener: ({ type, ...event }) => {
        if (type !== 'waiting' || !('text' in event)) return
        world.said.push(event.text)
        if (event.text.startsWith('waiting up to')) void act()
      },
    }
  }

  it('tells by the word of Prometheus which jobs are up', async () => {
    const { world, prometheus } = await arrive()
    const jobs = [
      { job_name: 'kubeA.reflectz', scrape_interval: '1s', static_configs: [{ targets: [prometheus.target] }] },
      { job_name: 'kubeB.reflectz', scrape_interval: '1s', static_configs: [{ targets: ['127.0.0.1:1'] }] },
    ]
    const load = () => prometheus.load(JSON.stringify({ scrape_configs: jobs }))
    const { edit, reload } = await world.apply({ waitMs: 30_000 }, once(world, load))
    assert.equal(edit, 'written')
    assert.ok(reload.state === 'reloaded', JSON.stringify(reload))
    assert.deepEqual(
      reload.jobs.map(({ job, health }) => [job, health]),
      [
        ['kubeA.reflectz', 'up'],
        ['kubeB.reflectz', 'down'],
      ],
    )
    assert.match(reload.jobs[1]?.error ?? '', /connection refused/)
    assert.match(world.said.join(), /waiting up to 30 s for the reload; the cluster needs a minute or two/)
  })

  it('tells by the log of the sidecar that a dark Prometheus took it', async () => {
    const { world, prometheus } = await arrive()
    prometheus.log('Watching directory: "/etc/config"')
    const act = () => {
      prometheus.log('config map updated')
      prometheus.log('performing webhook request (1/1)')
      prometheus.log('successfully triggered reload')
    }
    const { reload } = await world.apply(
      { cluster: kubeA(world.namespace, { dark: true }), waitMs: 30_000 },
      once(world, act),
    )
    assert.deepEqual(reload, { state: 'reloaded', jobs: [] })
  })

  it('tells that the reload failed, and why, by the log', async () => {
    const { world, prometheus } = await arrive()
    const act = () => {
      prometheus.log('config map updated')
      prometheus.log(
        'error: Post "http://127.0.0.1:9090/-/reload": dial tcp 127.0.0.1:9090: connect: connection refused',
      )
      prometheus.log('error: Webhook reload retries exhausted')
    }
    const { reload } = await world.apply({ waitMs: 30_000 }, once(world, act))
    assert.ok(reload.state === 'failed', JSON.stringify(reload))
    assert.match(reload.detail, /^Post "http:\/\/127\.0\.0\.1:9090\/-\/reload": dial tcp .* refused$/)
  })

  it('tells by the word of Prometheus that it refused the configuration', async () => {
    const { world, prometheus } = await arrive()
    const { reload } = await world.apply(
      { waitMs: 30_000 },
      once(world, () => prometheus.load('nonsense: 1\n')),
    )
    assert.deepEqual(reload, { state: 'failed', detail: 'Prometheus refused it' })
  })

  it('does not take an earlier reload for this one', async () => {
    const { world, prometheus } = await arrive()
    prometheus.log('successfully triggered reload')
    const { edit, reload } = await world.apply({ waitMs: 300 })
    assert.equal(edit, 'written')
    assert.deepEqual(reload, { state: 'not-seen', waitedMs: 300, reasons: [] })
  })

  it('says so when Prometheus had refused the configuration before', async () => {
    const { world, prometheus } = await arrive()
    assert.equal(await prometheus.load('nonsense: 1\n'), false)
    const { reload } = await world.apply({ waitMs: 300 })
    const reasons = ['Prometheus had refused the configuration before this edit already']
    assert.deepEqual(reload, { state: 'not-seen', waitedMs: 300, reasons })
  })

  it('ends at once when no pod runs', async () => {
    const world = await LiveWorld.make(kube, chartConfig)
    const { edit, reload } = await world.apply({ waitMs: 600_000 })
    assert.deepEqual([edit, reload], ['written', { state: 'no-pod' }])
  })

  it('ends at once, saying why, when the login may see nothing of it', async () => {
    const { world } = await arrive()
    await world.kubectl('create', 'role', 'editor', '--verb=get,update', '--resource=configmaps')
    await world.kubectl('create', 'rolebinding', 'editor', '--role=editor', '--user=nobody')
    const { edit, reload } = await world.apply({ context: 'norights-ctx', waitMs: 600_000 })
    assert.equal(edit, 'written')
    assert.ok(reload.state === 'not-seen', JSON.stringify(reload))
    assert.match(
      reload.reasons.join('\n'),
      /the log of the sidecar cannot be read: .*\nPrometheus cannot be asked: .*services\/proxy/,
    )
  })

  it('needs no other rights than those in docs/targets.md', async () => {
    const { world, prometheus } = await arrive()
    const rights = [
      ['get,update', 'configmaps'],
      ['get,list', 'pods'],
      ['get', 'deployments.apps,pods/log,services/proxy'],
    ]
    for (const [index, [verbs, resources]] of rights.entries()) {
      const name = `right-${index}`
      await world.kubectl('create', 'role', name, `--verb=${verbs}`, `--resource=${resources}`)
      await world.kubectl('create', 'rolebinding', name, `--role=${name}`, '--user=nobody')
    }
    const act = () => prometheus.log('successfully triggered reload')
    const { edit, reload } = await world.apply({ context: 'norights-ctx', waitMs: 2000 }, once(world, act))
    assert.equal(edit, 'written')
    // Reloaded by the log, and asked through the proxy for the jobs, which this Prometheus does not have.
    assert.ok(reload.state === 'reloaded', JSON.stringify(reload))
    assert.deepEqual(
      reload.jobs.map(({ health }) => health),
      ['unknown', 'unknown'],
    )
  })

  it('does not watch when it is not asked to, nor when nothing was written', async () => {
    const world = await LiveWorld.make(kube, chartConfig)
    assert.equal((await world.apply({ waitMs: 0 })).reload.state, 'not-watched')
    assert.equal((await world.apply({ waitMs: 60_000 })).reload.state, 'not-watched')
  })
})
