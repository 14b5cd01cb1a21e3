import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmod, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { newPerson, type Person } from '../support/cli.js'
import { assertEnded, documentOf } from '../support/cli-world.js'

const spec =
  'stack: r\nclusters:\n  - {name: kubeA, prometheus: tunneled}\n  - {name: kubeB, prometheus: dark}\nlocal: {}\n'

describe('zprom render', () => {
  let person: Person
  beforeEach(async () => {
    person = await newPerson()
    await person.write('zprom.yaml', spec)
  })
  afterEach(() => person.leave())
  const filesOf = async (folder: string) => (await readdir(join(person.folder, folder))).sort()

  it('writes the artefacts of all clusters and of the local Prometheus, without a controller', async () => {
    assert.match(await person.ok(['render']), /^16 artefacts written under zprom-out$/m)
    assert.deepEqual(await filesOf('zprom-out'), ['kubeA', 'kubeB', 'local'])
    const scripts = (await filesOf('zprom-out/kubeA')).filter(name => name.endsWith('.sh'))
    assert.deepEqual(scripts, ['install.sh', 'kubectl.sh', 'uninstall.sh', 'upgrade.sh'])
    for (const script of scripts) {
      const { mode } = await stat(join(person.folder, 'zprom-out/kubeA', script))
      assert.equal(mode & 0o777, 0o755, script)
    }
  })

  it('writes nothing the second time', async () => {
    await person.ok(['render'])
    assert.equal(await person.ok(['render']), '16 artefacts unchanged\n')
  })

  it('writes only what is named, and elsewhere when told so', async () => {
    await person.ok(['render', 'kubeB', 'local', '--out', 'look'])
    assert.deepEqual(await filesOf('look'), ['kubeB', 'local'])
    assert.deepEqual(await filesOf('.'), ['look', 'zprom.yaml'])
  })

  it('prints instead of writing with --stdout', async () => {
    const printed = await person.ok(['render', 'local', '--stdout'])
    assert.match(printed, /^# ---- local\/prometheus\.yml$/m)
    assert.match(printed, /^ {2}- job_name: zitified-prometheus-a$/m)
    assert.deepEqual(await filesOf('.'), ['zprom.yaml'])
  })

  it('ends with 10 under --check while files differ, and writes nothing', async () => {
    assertEnded(await person.run(['render', '--check']), 10)
    assert.deepEqual(await filesOf('.'), ['zprom.yaml'])
    await person.ok(['render'])
    await person.ok(['render', '--check'])
    await person.write('zprom-out/kubeA/install.sh', 'mine\n')
    const ran = await person.run(['render', '--check'])
    assertEnded(ran, 10)
    assert.match(ran.stdout, /^differs: .*kubeA\/install\.sh\n1 artefact of 16 differs from the spec$/m)
  })

  it('keeps a file that was changed by hand, with a warning, until --force', async () => {
    await person.ok(['render'])
    const path = 'zprom-out/kubeA/prometheus.values.yaml'
    const mine = (await person.read(path)).replace('enabled: false', 'enabled: true')
    await person.write(path, mine)
    assert.match(await person.ok(['render']), /! .*kubeA\/prometheus\.values\.yaml was changed by hand and is kept/)
    assert.equal(await person.read(path), mine)
    await person.ok(['render', '--force'])
    assert.notEqual(await person.read(path), mine)
  })

  it('brings a file up to date that nobody but zprom changed', async () => {
    await person.ok(['render'])
    await person.write('zprom.yaml', spec.replace('prometheus: dark', 'prometheus: dark, scrape: []'))
    assert.match(await person.ok(['render']), /^1 artefact written/m)
    assert.doesNotMatch(await person.read('zprom-out/kubeB/prometheus.values.yaml'), /extraScrapeConfigs/)
  })

  it('makes a script executable again that is not any more', async () => {
    await person.ok(['render'])
    const script = join(person.folder, 'zprom-out/kubeA/install.sh')
    await chmod(script, 0o640)
    assertEnded(await person.run(['render', '--check']), 10)
    assert.match(await person.ok(['render']), /^1 artefact written/m)
    assert.equal((await stat(script)).mode & 0o777, 0o750)
    assert.equal(await person.ok(['render']), '16 artefacts unchanged\n')
  })

  it('removes what a cluster has no longer, and says what to uninstall', async () => {
    await person.ok(['render'])
    await person.write('zprom-out/kubeA/mine.yaml', 'a: b\n')
    await person.write('zprom.yaml', spec.replace('tunneled', 'dark'))
    const check = await person.run(['render', '--check'])
    assertEnded(check, 10)
    assert.match(check.stdout, /^left behind, the spec asks for it no longer: kubeA\/ziti-host\.values\.yaml$/m)
    const uninstall = /^ {2}if it is installed, uninstall it: helm uninstall ziti-host --kube-context CONTEXT --names/m
    assert.match(check.stdout, uninstall)
    const said = await person.ok(['render'])
    assert.match(said, /^! zprom-out\/kubeA\/ziti-host\.values\.yaml is removed: the spec asks for it no longer$/m)
    assert.match(said, uninstall)
    const left = await filesOf('zprom-out/kubeA')
    assert.ok(!left.includes('ziti-host.values.yaml') && left.includes('mine.yaml'), left.join())
    assert.equal(await person.ok(['render']), '15 artefacts unchanged\n')
  })

  it('keeps what is left behind where a person changed it', async () => {
    await person.ok(['render'])
    const path = 'zprom-out/kubeA/ziti-host.values.yaml'
    await person.write(path, `${await person.read(path)}mine: true\n`)
    await person.write('zprom.yaml', spec.replace('tunneled', 'dark'))
    await person.ok(['render'])
    assert.match(await person.read(path), /^mine: true$/m)
  })

  it('does not take an empty --out for the working directory', async () => {
    assertEnded(await person.run(['render', '--out', '']), 2, /--out is empty/)
    assert.deepEqual(await filesOf('.'), ['zprom.yaml'])
  })

  it('refuses a name that the spec does not have, and says which it has', async () => {
    assertEnded(await person.run(['render', 'kubeC']), 2, /kubeC: the spec has no such cluster/, /kubeA, kubeB, local/)
  })

  it('says under --json what became of each file', async () => {
    const { artefacts } = documentOf(await person.run(['render', 'local', '--json']))
    assert.deepEqual(
      artefacts.map(({ path, state }: { path: string; state: string }) => `${path} ${state}`),
      ['local/prometheus.yml written', 'local/docker-run.sh written', 'local/compose.yaml written'],
    )
  })

  it('makes scripts that say what they need before they do anything', async () => {
    await person.ok(['render'])
    const install = spawnSync(join(person.folder, 'zprom-out/kubeA/install.sh'), { encoding: 'utf8' })
    assert.equal(install.status, 2)
    assert.match(install.stderr, /set KUBE_CONTEXT/)
    const env = { ...process.env, KUBE_CONTEXT: 'k' }
    const there = spawnSync(join(person.folder, 'zprom-out/kubeA/install.sh'), { encoding: 'utf8', env })
    assert.equal(there.status, 1)
    assert.match(there.stderr, /kubeA\.reflect\.id\.json is missing: run zprom apply/)
  })
})
