import assert from 'node:assert/strict'
import { manyClusters, useWorld } from '../support/cli-world.js'
import { requires } from '../support/requires.js'
import { hasTerminal, sitDown } from '../support/terminal.js'

describe('progress at a terminal', () => {
  const world = useWorld()
  const apply = async (stack: string, env: object) => {
    const person = await world.worker()
    await person.write('zprom.yaml', manyClusters(stack, 2))
    const { code, screen } = await sitDown(person, ['apply', '--yes'], [], env)
    assert.equal(code, 0, screen)
    assert.match(screen, /^Done: 28 created/m)
    return screen
  }

  before(function () {
    requires(this, hasTerminal(), 'needs script of util-linux')
  })

  it('is a bar with the counts and the address in work, enrolments included', async () => {
    const screen = await apply('bar', { NO_COLOR: '' })
    // It is there from the first step on.
    assert.match(screen, /\[-{20}\] {2}0\/32 {2}create \S+\/bar\d\.\S+/)
    assert.match(screen, /\[#{10}-{10}\] 1[67]\/32 {2}create \S+\/bar\d\.\S+/)
    assert.match(screen, /\[#{19}-\] 31\/32 {2}enroll enrollment\/bar/)
    assert.doesNotMatch(screen, /^done create/m)
  })

  it('is a line per step in CI and with NO_COLOR', async () => {
    for (const [stack, env] of [
      ['ci', { NO_COLOR: '', CI: 'true' }],
      ['mono', { NO_COLOR: '1' }],
    ] as const) {
      const screen = await apply(stack, env)
      assert.match(screen, new RegExp(`^done create service/${stack}1\\.reflect\\.svc$`, 'm'))
      assert.doesNotMatch(screen, /\[[#-]+\]/)
    }
  })
})
