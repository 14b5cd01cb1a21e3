import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { deploymentsOf } from '../../src/expand/index.js'
import { renderArtefacts } from '../../src/render/index.js'
import type { SpecInput } from '../../src/spec/schema.js'
import { requires } from '../support/requires.js'
import { articleSpec, specOf } from '../support/spec-builder.js'

function scriptsOf(input: SpecInput) {
  const deployments = deploymentsOf(specOf(input))
  const names = new Set([...deployments.clusters.map(({ name }) => name), 'local'])
  return renderArtefacts(deployments, names).filter(({ path }) => path.endsWith('.sh'))
}

// Names that mean something to a shell wherever a spec lets them through.
const odd: SpecInput = {
  charts: { repository: 'https://charts.example/it\'s/$HOME/`id`/$(id)/;&|<>*"\\' },
  clusters: [
    { name: 'kubeA', prometheus: 'tunneled', context: 'arn:aws:eks:eu-central-1:1:cluster/x=y+z@w' },
    { name: '1.2', prometheus: 'dark', context: '--kubeconfig=x', releases: { prometheus: 'p', reflect: '0' } },
    { name: 'kubeC', prometheus: 'tunneled', namespace: '0', zitiHostSecret: { name: 'a.b', key: '-._' } },
  ],
  local: { dark: true },
}

describe('the rendered scripts', () => {
  for (const [title, input] of [
    ['the article', { ...articleSpec, local: {} }],
    ['names that mean much to a shell', odd],
  ] as const) {
    it(`pass shellcheck for ${title}`, function () {
      requires(this, spawnSync('shellcheck', ['--version']).status === 0, 'shellcheck is not installed')
      const scripts = scriptsOf(input)
      assert.ok(scripts.length >= 9, scripts.map(({ path }) => path).join())
      for (const { path, text } of scripts) {
        // Below a warning, it wonders whether quotes that keep an odd text as it is were meant.
        const severity = input === odd ? 'warning' : 'style'
        const options = { input: text, encoding: 'utf8' as const }
        const { stdout, status } = spawnSync('shellcheck', ['--severity', severity, '-'], options)
        assert.equal(status, 0, `${path}:\n${stdout}`)
      }
    })
  }

  it('hand every word on as it is, whatever it means to a shell', () => {
    const [install] = scriptsOf(odd).filter(({ path }) => path === '1.2/install.sh')
    // `helm` and the checks of the head are left out: what remains is the words of the commands.
    const commands = (install?.text ?? '').replace(/^cd .*$/m, '').replace(/^\[ -s .*$/gm, '')
    const shell = `helm() { printf '%s\\n' "$@"; }\n${commands}`
    const { stdout, stderr } = spawnSync('sh', ['-c', shell], { encoding: 'utf8', env: { PATH: process.env.PATH } })
    assert.equal(stderr, '')
    const words = stdout.split('\n')
    assert.equal(words[words.indexOf('--repo') + 1], odd.charts?.repository)
    assert.equal(words[words.indexOf('--kube-context') + 1], '--kubeconfig=x')
    assert.ok(words.includes('server.ziti.id.contents=1.2.prometheus.id.json'))
  })
})
