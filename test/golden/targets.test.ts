import { formatLocalSteps } from '../../src/cli/next-steps.js'
import { editInTarget, editOutTarget, readTargets } from '../../src/cli/target-edits.js'
import { formatAdded, formatRemoved } from '../../src/cli/target-steps.js'
import { type SpecFile, shownPath } from '../../src/cli/workspace.js'
import { formatTargets } from '../../src/report/targets-text.js'
import type { SpecInput } from '../../src/spec/schema.js'
import { articleSpec, specOf } from '../support/spec-builder.js'
import { assertGolden } from './golden.js'

const node1 = { address: '10.0.0.5:9100', hostedBy: 'lab.tunneler' }
const spec = {
  ...articleSpec,
  clusters: [
    {
      name: 'kubeA',
      prometheus: 'tunneled' as const,
      context: 'a',
      scrape: ['kubeA.reflect', 'kubeB.reflect', 'node1'],
    },
    { name: 'kubeB', prometheus: 'dark' as const },
  ],
  targets: [
    { name: 'node1', ...node1 },
    { name: 'idle', ...node1 },
  ],
  local: { dark: true, scrape: ['kubeB.reflect', { target: 'kubeA.prometheus', federate: true, interval: '1m' }] },
}
const fileOf = (input: object) => ({
  path: '/home/ann/net/zprom.yaml',
  shown: 'net/zprom.yaml',
  text: JSON.stringify(input),
})
const shownFor = (file: SpecFile) => ({ shown: (path: string) => shownPath(file, { output: 'zprom-out' }, path) })
const asked = { federate: false, job: undefined, interval: undefined, external: undefined }

describe('the table of who scrapes what', () => {
  it('has a line per job, and one for what nobody scrapes', () => {
    assertGolden('51-targets.txt', formatTargets(readTargets(fileOf(spec))))
  })

  it('has no column for addresses when all is on the overlay, and says when there is nothing', () => {
    const texts = [articleSpec, { stack: 'x' }].map(input => formatTargets(readTargets(fileOf(input))))
    assertGolden('52-targets-plain.txt', texts.join('\n----\n'))
  })
})

describe('what comes next', () => {
  it('after add-target names the jobs, whose list is written down now, and what brings it about', () => {
    const file = fileOf({ ...articleSpec, local: {} })
    const request = { ...asked, name: 'kubeB.prometheus', to: ['kubeA', 'local'] }
    const edit = editInTarget(file, request)
    const federating = { ...asked, name: 'kubeA.prometheus', to: ['local'], federate: true }
    const texts = [
      formatAdded(shownFor(file), { asked: request, edit, tokens: new Set() }),
      formatAdded(shownFor(file), { asked: federating, edit: editInTarget(file, federating), tokens: new Set() }),
    ]
    assertGolden('53-next-add-target.txt', texts.join('\n----'))
  })

  it('after add-target of something new names its host, and the token if there is one', () => {
    const file = fileOf(articleSpec)
    const request = { ...asked, name: 'node1', to: ['kubeA'], external: node1 }
    const edit = editInTarget(file, request)
    const texts = [new Set(['lab.tunneler']), new Set<string>()].map(tokens =>
      formatAdded(shownFor(file), { asked: request, edit, tokens }),
    )
    assertGolden('54-next-add-new-target.txt', texts.join('\n----'))
  })

  it('after remove-target says who stopped, what is forgotten, and what stays on the overlay', () => {
    const file = fileOf(spec)
    const remove = (name: string, from: string[]) => formatRemoved(file, name, editOutTarget(file, name, from))
    const texts = [
      remove('node1', ['all']),
      remove('kubeB.reflect', ['kubeA', 'local']),
      remove('kubeA.reflect', ['local']),
      remove('nod1', ['all']),
      remove('idle', ['all']),
    ]
    assertGolden('55-next-remove-target.txt', texts.join('\n----'))
  })

  it('after init local says how to start it, and where to look', () => {
    const file = fileOf({})
    const next = (input: SpecInput, ...missing: string[]) =>
      formatLocalSteps(specOf(input), shownFor(file), new Set(missing))
    const texts = [
      next({ ...articleSpec, local: {} }),
      next({ ...articleSpec, local: { port: 9191, scrape: [] } }, 'local/local.prometheus.id.json'),
      next({ ...articleSpec, local: { dark: true } }),
      next({ local: { dark: true } }),
    ]
    assertGolden('56-next-local.txt', texts.join('\n----'))
  })
})
