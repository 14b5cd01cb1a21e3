import assert from 'node:assert/strict'
import { deploymentsOf } from '../../src/expand/index.js'
import { renderArtefacts } from '../../src/render/index.js'
import { articleSpec, specOf } from '../support/spec-builder.js'
import { assertGolden } from './golden.js'

describe('the artefacts', () => {
  const render = (spec: Parameters<typeof specOf>[0], names: readonly string[]) =>
    renderArtefacts(deploymentsOf(specOf(spec)), new Set(names))
  const textOf = (artefacts: ReturnType<typeof render>, path: string) =>
    artefacts.find(one => one.path === path)?.text ?? assert.fail(path)
  const local = (dark: boolean) => render({ local: { dark, scrape: [] } }, ['local'])

  it('are these files, for the article', () => {
    const all = render({ ...articleSpec, local: { dark: true } }, ['kubeA', 'kubeB', 'local'])
    assertGolden('41-artefacts.txt', all.map(({ path, executable }) => `${path}${executable ? ' *' : ''}`).join('\n'))
  })

  it('are values and scripts for a tunneled cluster', () => {
    const kubeA = render(articleSpec, ['kubeA'])
    assertGolden('42-tunneled-values.yaml', textOf(kubeA, 'kubeA/prometheus.values.yaml'))
    assertGolden('43-tunneled-install.sh', textOf(kubeA, 'kubeA/install.sh'))
  })

  it('are values and scripts for a dark cluster', () => {
    const kubeB = render(articleSpec, ['kubeB'])
    assertGolden('44-dark-values.yaml', textOf(kubeB, 'kubeB/prometheus.values.yaml'))
    assertGolden('45-dark-upgrade.sh', textOf(kubeB, 'kubeB/upgrade.sh'))
  })

  it('are docker lines and a compose file for the local Prometheus', () => {
    assertGolden('46-local-docker-run.sh', textOf(local(false), 'local/docker-run.sh'))
    assertGolden('47-local-dark-docker-run.sh', textOf(local(true), 'local/docker-run.sh'))
    assertGolden('48-local-compose.yaml', textOf(local(false), 'local/compose.yaml'))
  })

  it('are the same for a stock Prometheus, which has a bridge', () => {
    const stock = render({ ...articleSpec, scrapeForm: 'prometheus', local: { dark: true } }, ['local'])
    assertGolden('49-stock-prometheus.yaml', textOf(stock, 'local/prometheus.yml'))
    assertGolden('50-stock-docker-run.sh', textOf(stock, 'local/docker-run.sh'))
  })
})
