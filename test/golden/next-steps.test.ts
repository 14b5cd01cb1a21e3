import { formatNextSteps } from '../../src/cli/next-steps.js'
import { articleSpec, specOf } from '../support/spec-builder.js'
import { assertGolden } from './golden.js'

describe('what comes next after init cluster', () => {
  const file = { path: '/home/ann/net/zprom.yaml', shown: 'net/zprom.yaml', text: undefined }

  it('gives the charts of a tunneled cluster their identities', () => {
    assertGolden('21-next-tunneled.txt', formatNextSteps(specOf(articleSpec), file, 'kubeA'))
  })

  it('gives those of a dark one theirs', () => {
    assertGolden('22-next-dark.txt', formatNextSteps(specOf(articleSpec), file, 'kubeB'))
  })

  it('follows the names that a spec gives to releases, namespaces and workloads, and offers access to a first person', () => {
    const spec = specOf({
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
    })
    assertGolden('23-next-named.txt', formatNextSteps(spec, file, 'east'))
  })
})
