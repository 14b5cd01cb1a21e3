import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dump, load } from 'js-yaml'
import { deploymentsOf } from '../../src/expand/index.js'
import { inForm, renderArtefacts } from '../../src/render/index.js'
import type { SpecInput } from '../../src/spec/schema.js'
import { requires } from '../support/requires.js'
import { specOf } from '../support/spec-builder.js'

type Config = { scrape_configs: { static_configs: { targets: string[] }[] }[] }

const everything: SpecInput = {
  clusters: [
    { name: 'kubeA', prometheus: 'tunneled', scrape: ['kubeA.reflect', 'kubeB.reflect', 'node1'] },
    {
      name: 'kubeB',
      prometheus: 'dark',
      scrape: ['kubeB.reflect', { target: 'kubeA.prometheus', federate: true }, { target: 'tls', interval: '1m' }],
    },
  ],
  targets: [
    { name: 'node1', address: '10.0.0.5:9100', hostedBy: 'h', path: '/custom/metrics' },
    { name: 'tls', address: 'h.example:443', hostedBy: 'h', scheme: 'https', serverName: 'other.example' },
  ],
  local: { dark: true },
}

// promtool knows no scheme "ziti" and asks it for a port; with one it is taken, and prometheuz ignores the port.
describe('the scrape configurations', () => {
  let folder: string
  before(async function () {
    requires(this, spawnSync('promtool', ['--version']).status === 0, 'promtool is not installed')
    folder = await mkdtemp(join(tmpdir(), 'zprom-promtool-'))
  })
  after(() => folder && rm(folder, { recursive: true, force: true }))
  const promtool = async (text: string) => {
    const file = join(folder, 'checked.yml')
    await writeFile(file, text)
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'config', file], { encoding: 'utf8' })
    return { status, said: stdout + stderr }
  }

  const deployments = deploymentsOf(specOf(everything))
  const names = new Set(['kubeA', 'kubeB', 'local'])
  const artefacts = renderArtefacts(deployments, names)
  const configOf = (cluster: string, from = artefacts): Config => {
    const values = load(from.find(({ path }) => path === `${cluster}/prometheus.values.yaml`)?.text ?? '')
    return { scrape_configs: load((values as { extraScrapeConfigs: string }).extraScrapeConfigs) as never }
  }
  const localConfig = () => load(artefacts.find(({ path }) => path === 'local/prometheus.yml')?.text ?? '') as Config
  const withPorts = ({ scrape_configs, ...rest }: Config) =>
    dump({
      ...rest,
      scrape_configs: scrape_configs.map(job => ({
        ...job,
        static_configs: job.static_configs.map(one => ({ targets: one.targets.map(target => `${target}:80`) })),
      })),
    })

  for (const [what, config] of [
    ['of an open cluster, with a target of one’s own', () => configOf('kubeA')],
    ['of a dark cluster, with federation and TLS', () => configOf('kubeB')],
    ['of the local Prometheus', localConfig],
  ] as const) {
    it(`are taken by promtool: that ${what}`, async () => {
      const { status, said } = await promtool(withPorts(config()))
      assert.equal(status, 0, said)
    })
  }

  it('are taken by promtool as they are in the form of a stock Prometheus', async () => {
    const form = { kind: 'prometheus', bridgeUrl: 'http://127.0.0.1:17777' } as const
    const stock = renderArtefacts(inForm(deployments, form), names)
    const local = stock.find(({ path }) => path === 'local/prometheus.yml')?.text ?? ''
    for (const text of [local, dump(configOf('kubeA', stock)), dump(configOf('kubeB', stock))]) {
      const { status, said } = await promtool(text)
      assert.equal(status, 0, said)
    }
  })

  it('are taken with every time span that a spec takes', async () => {
    for (const interval of ['1m30s', '500ms', '1h', '1d', '99y999w9999d999999h999999m999999s999999ms', '05s', '0h1m']) {
      const spec = specOf({ local: { scrape: [{ target: 'node1', interval }] }, targets: everything.targets })
      const local = renderArtefacts(deploymentsOf(spec), new Set(['local']))
      const text = local.find(({ path }) => path === 'local/prometheus.yml')?.text ?? ''
      const { status, said } = await promtool(withPorts(load(text) as Config))
      assert.equal(status, 0, `${interval}: ${said}`)
    }
  })

  it('are refused by promtool when a job is there twice, so the cases above can fail', async () => {
    const config = localConfig()
    const twice = { ...config, scrape_configs: [...config.scrape_configs, ...config.scrape_configs] }
    const { status, said } = await promtool(withPorts(twice))
    assert.notEqual(status, 0)
    assert.match(said, /found multiple scrape configs with job name/)
  })

  it('have nothing but the scheme that a stock Prometheus does not know', async () => {
    const { said } = await promtool(artefacts.find(({ path }) => path === 'local/prometheus.yml')?.text ?? '')
    assert.match(said, /invalid scheme: "ziti"/)
  })
})
