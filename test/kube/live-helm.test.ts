import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { parse } from 'yaml'
import { deploymentsOf } from '../../src/expand/deployments.js'
import { renderArtefacts } from '../../src/render/index.js'
import { sharedCharts } from '../support/charts.js'
import { sharedKube, type TestKube, whyNoKube } from '../support/kube.js'
import { LiveWorld } from '../support/live-world.js'
import { requires } from '../support/requires.js'
import { specOf } from '../support/spec-builder.js'

const own = ['kubeA.reflect']
const both = ['kubeA.reflect', 'kubeB.reflect']

for (const helm of ['helm 3', 'helm 4'] as const) {
  describe(`a live edit in a release of ${helm}`, () => {
    let kube: TestKube
    const folders: string[] = []
    before(async function () {
      this.timeout(150_000)
      const missing = await whyNoKube()
      requires(this, missing === undefined, missing ?? '')
      kube = await sharedKube()
    })
    after(() => Promise.all(folders.map(folder => rm(folder, { recursive: true, force: true }))))

    it('is what the upgrade with the new values writes, so the jobs survive it', async () => {
      const release = await install()
      await release.apply(both)
      const edited = await release.world.text()
      await release.run('upgrade.sh', both)
      assert.equal(await release.world.text(), edited)
      assert.deepEqual(jobsIn(edited).slice(-2), ['kubeA.reflectz', 'kubeB.reflectz'])
      assert.equal((await release.apply(both)).edit, 'unchanged')
      // And those after it, which write another text.
      await release.run('upgrade.sh', own)
      await release.run('upgrade.sh', both)
      assert.equal(await release.world.text(), edited)
    })

    it('is undone by an upgrade with the values of before, and comes back with another edit', async () => {
      const release = await install()
      const before = await release.world.text()
      await release.apply(both)
      await release.run('upgrade.sh', own)
      assert.equal(await release.world.text(), before)
      assert.equal((await release.apply(both)).edit, 'written')
      assert.deepEqual(jobsIn(await release.world.text()).slice(-2), ['kubeA.reflectz', 'kubeB.reflectz'])
    })

    it('is undone by a rollback, and the next upgrade.sh brings the jobs', async () => {
      const release = await install()
      const before = await release.world.text()
      await release.apply(both)
      await release.run('upgrade.sh', both)
      await release.helm('rollback', release.name, '1')
      assert.equal(await release.world.text(), before)
      await release.run('upgrade.sh', both)
      assert.deepEqual(jobsIn(await release.world.text()).slice(-2), ['kubeA.reflectz', 'kubeB.reflectz'])
    })

    it('goes together with an edit by hand, which the next upgrade treats as this helm does', async () => {
      const release = await install()
      const byHand = (await release.world.text()).replace('scrape_interval: 1m', 'scrape_interval: 45s')
      await release.world.edit(byHand)
      await release.apply(both)
      assert.match(await release.world.text(), /scrape_interval: 45s/)
      const upgrade = await release.run('upgrade.sh', both, { reject: false })
      if (helm === 'helm 3') {
        assert.doesNotMatch(await release.world.text(), /scrape_interval: 45s/)
        return
      }
      assert.match(String(upgrade.stderr), /conflict with "kubectl-(patch|replace)".*\.data\.prometheus\.yml/s)
      assert.match(await release.world.text(), /scrape_interval: 45s/)
    })

    async function install() {
      const name = `p${randomBytes(3).toString('hex')}`
      const world = new LiveWorld(kube, await kube.newNamespace(), `${name}-prometheus-server`)
      const { charts } = await sharedCharts(kube)
      const env = helm === 'helm 3' ? kube.env : kube.env4
      const deploymentsWith = (scrape: readonly string[]) =>
        deploymentsOf(
          specOf({
            charts,
            clusters: [
              {
                ...{ name: 'kubeA', prometheus: 'tunneled', namespace: world.namespace, context: 'kubeA-ctx' },
                releases: { prometheus: name },
                scrape: [...scrape],
              },
              { name: 'kubeB', prometheus: 'dark' },
            ],
          }),
        )
      const run = async (script: string, scrape: readonly string[], options: { reject?: boolean } = {}) => {
        const folder = await mkdtemp(join(tmpdir(), 'zprom-live-'))
        folders.push(folder)
        for (const { path, text } of renderArtefacts(deploymentsWith(scrape), new Set(['kubeA']))) {
          await put(join(folder, path), text)
        }
        await put(join(folder, 'kubeA/kubeA.ziti.id.jwt'), 'aaa.bbb.ccc')
        for (const one of ['reflect', 'prometheus']) {
          await put(join(folder, `kubeA/kubeA.${one}.id.json`), '{"ztAPI":"https://127.0.0.1:1"}')
        }
        return execa('sh', [join(folder, 'kubeA', script)], { env, ...options })
      }
      const apply = async (scrape: readonly string[]) => {
        const [cluster] = deploymentsWith(scrape).clusters
        assert.ok(cluster)
        return world.apply({ cluster })
      }
      await run('install.sh', own)
      const helmRun = (...args: string[]) =>
        execa('helm', [...args, '--kube-context', 'kubeA-ctx', '--namespace', world.namespace], { env })
      return { name, world, run, apply, helm: helmRun }
    }
  })
}

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}

function jobsIn(text: string): string[] {
  return parse(text).scrape_configs.map((job: { job_name: string }) => job.job_name)
}
