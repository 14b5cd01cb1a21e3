import assert from 'node:assert/strict'
import { assertEnded } from '../support/cli-world.js'
import { statusOf, useClusters } from '../support/kube-world.js'
import { requires } from '../support/requires.js'
import { enter, hasTerminal, interrupt, sitDown } from '../support/terminal.js'

describe('Ctrl-C in the middle of zprom install', () => {
  const clusters = useClusters()

  it('stops waiting at once, ends with 130, and leaves the rest for the next run', async () => {
    let isSent = false
    const ran = await clusters.zprom(['install', 'kubeA', '--yes'], {
      onStderr: (soFar, kill) => {
        if (isSent || !soFar.includes('ziti-host: waiting for its pods')) return
        isSent = true
        kill('SIGINT')
      },
    })
    assertEnded(ran, 130, /^interrupted: what helm was doing is finished/m, /run the same command again/)
    assert.match(ran.stdout, /^installed +ziti-host.*\nskipped +reflectz.*\nskipped +prometheuz/m)
    assert.match(ran.stdout, /Interrupted: 1 release installed, 2 skipped;/)
  })

  it('lets helm finish, though at a terminal the signal is for everything that runs there', async function () {
    requires(this, hasTerminal(), 'needs script of util-linux')
    const { code, screen } = await sitDown(
      clusters.person,
      ['install', 'kubeA', '--no-wait'],
      [
        [/Run these against context kubeA-ctx, namespace case-\w+\?/, `y${enter}`],
        [/reflectz: installing/, interrupt],
      ],
      clusters.kube.env,
    )
    assert.equal(code, 130, screen)
    // The signal may come before the process has become helm: then nothing was begun, and nothing is half done either.
    const [, reflectz] =
      /^installed +ziti-host.*\n(installed|skipped) +reflectz.*\nskipped +prometheuz/m.exec(screen) ?? []
    assert.ok(reflectz !== undefined, screen)
    const expected = reflectz === 'installed' ? 'deployed 1' : undefined
    assert.equal(await statusOf(clusters, 'reflectz', 'kubeA-ctx'), expected)
    assert.equal(await statusOf(clusters, 'prometheuz', 'kubeA-ctx'), undefined)
  })

  it('does nothing after no, or at the question', async function () {
    requires(this, hasTerminal(), 'needs script of util-linux')
    const question = /Run these against context kubeB-ctx, namespace case-\w+\?/
    const no = await sitDown(clusters.person, ['install', 'kubeB'], [[question, `n${enter}`]], clusters.kube.env)
    assert.equal(no.code, 0, no.screen)
    assert.match(no.screen, /Nothing was changed\./)
    const left = await sitDown(clusters.person, ['install', 'kubeB'], [[question, interrupt]], clusters.kube.env)
    assert.equal(left.code, 130, left.screen)
    assert.equal(await statusOf(clusters, 'reflectz', 'kubeB-ctx'), undefined)
  })
})
