import assert from 'node:assert/strict'
import { sharedKube, type TestKube, whyNoKube } from '../support/kube.js'
import { requires } from '../support/requires.js'

describe('the Kubernetes API servers of the cases', () => {
  let kube: TestKube
  before(async function () {
    this.timeout(150_000)
    const missing = await whyNoKube()
    requires(this, missing === undefined, missing ?? '')
    kube = await sharedKube()
  })

  it('are two clusters: what is made in one is not in the other', async () => {
    const namespace = await kube.newNamespace()
    await kube.kubectl('kubeA-ctx', '-n', namespace, 'create', 'configmap', 'here')
    assert.match(await kube.kubectl('arn:aws:eks:x/kubeA', '-n', namespace, 'get', 'configmap', '-o', 'name'), /here/)
    assert.equal(await kube.kubectl('kubeB-ctx', '-n', namespace, 'get', 'configmap', '-o', 'name'), '')
  })

  it('know who may do what', async () => {
    await assert.rejects(kube.kubectl('norights-ctx', 'get', 'pods'), /Forbidden/)
    await assert.rejects(kube.kubectl('gone-ctx', 'get', 'pods'), /was refused/)
  })
})
