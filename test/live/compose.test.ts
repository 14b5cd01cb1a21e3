import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { newPerson, type Person } from '../support/cli.js'
import { requires } from '../support/requires.js'

const hasCompose = () => spawnSync('docker', ['compose', 'version']).status === 0

describe('the rendered compose.yaml', () => {
  let person: Person | undefined
  before(async function () {
    requires(this, hasCompose(), 'docker compose is not installed')
    person = await newPerson()
  })
  after(() => person?.leave())

  const here = () => person ?? assert.fail('nobody is there yet')
  // No engine is asked for this.
  const config = async (local: string, user?: string) => {
    await here().write('zprom.yaml', `stack: compose\nlocal: ${local}\n`)
    await here().ok(['render', '--force'])
    const { ZPROM_USER: _, ...env } = process.env
    const cwd = join(here().folder, 'zprom-out/local')
    const words = ['compose', '--file', 'compose.yaml', 'config', '--format', 'json']
    return spawnSync('docker', words, {
      cwd,
      encoding: 'utf8',
      env: { ...env, ...(user !== undefined && { ZPROM_USER: user }) },
    })
  }

  it('is taken by docker compose, with what docker-run.sh mounts and opens', async () => {
    const { status, stdout, stderr } = await config('{scrape: [], port: 19090}', '1000:1000')
    assert.equal(status, 0, stderr)
    const [service] = Object.values<ComposeService>(JSON.parse(stdout).services)
    assert.equal(service?.user, '1000:1000')
    assert.deepEqual(
      service?.ports?.map(({ host_ip, published, target }) => `${host_ip}:${published}:${target}`),
      ['127.0.0.1:19090:9090'],
    )
    const folder = join(here().folder, 'zprom-out/local')
    assert.deepEqual(
      service?.volumes.map(({ source, target }) => [source, target]),
      [
        [join(folder, 'prometheus.yml'), '/etc/prometheus/prometheus.yml'],
        [join(folder, 'local.prometheus.id.json'), '/etc/prometheus/ziti.id.json'],
        [join(folder, 'data'), '/prometheus'],
      ],
    )
  })

  it('opens no port when it is dark, and asks for a user', async () => {
    const dark = await config('{scrape: [], dark: true}', '1000:1000')
    assert.equal(dark.status, 0, dark.stderr)
    const [service] = Object.values<ComposeService>(JSON.parse(dark.stdout).services)
    assert.equal(service?.ports, undefined)
    const nobody = await config('{scrape: []}')
    assert.notEqual(nobody.status, 0)
    assert.match(nobody.stderr, /ZPROM_USER.*zprom local up/)
  })
})

type ComposeService = {
  readonly user: string
  readonly ports?: readonly { readonly host_ip: string; readonly published: string; readonly target: number }[]
  readonly volumes: readonly { readonly source: string; readonly target: string }[]
}
