import assert from 'node:assert/strict'
import { ToolError } from '../../src/errors.js'
import type { LiveDeps, LiveRequest } from '../../src/flows/live.js'
import { sharedKube, type TestKube, whyNoKube } from '../support/kube.js'
import { chartConfig, kubeA, LiveWorld, server } from '../support/live-world.js'
import { requires } from '../support/requires.js'

describe('a live edit that the cluster does not take', () => {
  let kube: TestKube
  before(async function () {
    this.timeout(150_000)
    const missing = await whyNoKube()
    requires(this, missing === undefined, missing ?? '')
    kube = await sharedKube()
  })

  async function refusal(world: LiveWorld, request: Partial<LiveRequest> = {}, deps: Partial<LiveDeps> = {}) {
    const error = await world.apply(request, deps).then(
      () => assert.fail('nothing was refused'),
      (cause: unknown) => cause,
    )
    assert.ok(error instanceof ToolError, String(error))
    assert.equal(error.exitCode, 8)
    return error
  }

  it('names the context that the kubeconfig does not have', async () => {
    const { message, hint } = await refusal(await LiveWorld.make(kube, chartConfig), { context: 'nope-ctx' })
    assert.equal(message, 'the kubeconfig has no context "nope-ctx"')
    assert.match(hint ?? '', /--context; these there are: kubectl config get-contexts/)
  })

  it('names the server that does not answer', async () => {
    const { message } = await refusal(await LiveWorld.make(kube, chartConfig), { context: 'gone-ctx' })
    assert.match(
      message,
      /^the Kubernetes API server behind context gone-ctx does not answer: The connection .* was refused/,
    )
    assert.doesNotMatch(message, /memcache/)
  })

  it('names the right that the login lacks', async () => {
    const world = await LiveWorld.make(kube, chartConfig)
    const { message, hint } = await refusal(world, { context: 'norights-ctx' })
    assert.match(message, /^context norights-ctx lacks a right: .*User "nobody" cannot get resource "configmaps"/)
    assert.match(hint ?? '', new RegExp(`in namespace ${world.namespace}, or use a context`))
  })

  it('names the right to write, where reading is allowed, and leaves everything as it was', async () => {
    const world = await LiveWorld.make(kube, chartConfig)
    await world.kubectl('create', 'role', 'reader', '--verb=get', '--resource=configmaps')
    await world.kubectl('create', 'rolebinding', 'reader', '--role=reader', '--user=nobody')
    const { message } = await refusal(world, { context: 'norights-ctx' })
    assert.match(message, /cannot update resource "configmaps"/)
    assert.equal(await world.text(), chartConfig)
  })

  it('says where to look for a ConfigMap that is not there', async () => {
    const { message, hint } = await refusal(await LiveWorld.make(kube))
    assert.match(message, /^not found behind context kubeA-ctx: configmaps "prometheuz-prometheus-server" not found$/)
    assert.match(
      hint ?? '',
      /^is Prometheus installed there, in namespace case-\w+, under the release name of the spec\?/,
    )
  })

  it('says so of a namespace that is not there, and of another cluster', async () => {
    const world = await LiveWorld.make(kube, chartConfig)
    const elsewhere = await refusal(world, { cluster: kubeA('nowhere') })
    assert.match(elsewhere.message, /namespaces "nowhere" not found|configmaps ".*" not found/)
    assert.match((await refusal(world, { context: 'kubeB-ctx' })).message, /behind context kubeB-ctx: configmaps/)
  })

  it('does not take a ConfigMap of another kind for that of Prometheus', async () => {
    const world = await LiveWorld.make(kube)
    await world.kubectl('create', 'configmap', server, '--from-literal=x=y')
    const { message, hint } = await refusal(world)
    assert.equal(message, `the configmap ${server} has no prometheus.yml; it has x`)
    assert.match(hint ?? '', /release name/)
  })

  it('says what the API server says of one that must not be changed', async () => {
    const world = await LiveWorld.make(kube, chartConfig)
    await world.kubectl('patch', 'configmap', server, '--type', 'merge', '--patch', '{"immutable": true}')
    assert.match((await refusal(world)).message, /kubectl replace configmap .* failed: .*immutable/)
  })

  it('is told apart when it goes away between reading and writing', async () => {
    const world = await LiveWorld.make(kube, chartConfig)
    const confirm = async () => {
      await world.kubectl('delete', 'configmap', server)
      return true
    }
    assert.match((await refusal(world, {}, { confirm })).message, /configmaps "prometheuz-prometheus-server" not found/)
  })

  it('says what to install when there is no kubectl', async () => {
    const world = await LiveWorld.make(kube, chartConfig)
    const { message, hint } = await refusal(world, {}, { env: { ...kube.env, PATH: '/nowhere' } })
    assert.equal(message, 'kubectl is not installed, and it is needed to reach the cluster')
    assert.match(hint ?? '', /^install kubectl/)
  })
})
