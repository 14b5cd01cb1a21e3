import { formatNextSteps } from '../../src/cli/next-steps.js'
import { shownPath } from '../../src/cli/workspace.js'
import { expandSpec } from '../../src/expand/index.js'
import type { SpecInput } from '../../src/spec/schema.js'
import { articleSpec, specOf } from '../support/spec-builder.js'
import { assertGolden } from './golden.js'

describe('what comes next after init cluster', () => {
  const file = { path: '/home/ann/net/zprom.yaml', shown: 'net/zprom.yaml', text: undefined }
  const nextFor = (input: SpecInput, name: string, ...missing: string[]) => {
    const spec = specOf(input)
    const inputs = { topology: expandSpec(spec), shown: (path: string) => shownPath(file, spec, path) }
    return formatNextSteps(spec, inputs, name, new Set(missing))
  }

  it('gives the charts of a tunneled cluster their identities', () => {
    assertGolden('21-next-tunneled.txt', nextFor(articleSpec, 'kubeA'))
  })

  it('gives those of a dark one theirs', () => {
    assertGolden('22-next-dark.txt', nextFor(articleSpec, 'kubeB'))
  })

  it('follows the names that a spec gives to releases, namespaces and workloads, and offers access to a first person', () => {
    const spec = {
      output: 'secrets',
      clusters: [
        {
          name: 'east',
          prometheus: 'tunneled',
          namespace: 'monitoring',
          releases: { prometheus: 'prom', reflect: 'echo', zitiHost: 'zh' },
          workloads: ['reflect', 'shop'],
        },
      ],
    } as const
    assertGolden('23-next-named.txt', nextFor(spec, 'east'))
  })

  it('says which identity files are missing, and names no token that is spent', () => {
    const missing = ['kubeA/kubeA.reflect.id.json', 'kubeA/kubeA.ziti.id.jwt']
    assertGolden('24-next-missing.txt', nextFor({ ...articleSpec, output: '/srv/net' }, 'kubeA', ...missing))
  })
})
