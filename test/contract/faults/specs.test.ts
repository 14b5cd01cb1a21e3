import assert from 'node:assert/strict'
import { stringify } from 'yaml'
import { exitCodeOf, formatError } from '../../../src/cli/error-output.js'
import { interpret } from '../../../src/cli/workspace.js'
import { SpecError } from '../../../src/errors.js'
import { newPerson, type Person } from '../../support/cli.js'
import { assertEnded } from '../../support/cli-world.js'
import { noteOutput } from '../../support/secrets.js'
import { type Dice, rollDice } from '../../support/seeded.js'
import { damage } from '../../support/spec-damage.js'

const specs = Number(process.env.ZPROM_TEST_SPECS ?? 300)
// Starting the program for each of them would only take long.
const throughTheProgram = 12

// Every member that a spec can have.
const whole = stringify({
  stack: 'article',
  overlay: { controller: 'https://ctrl.example:1280', routerPolicies: 'own', routers: ['#public'] },
  output: 'out',
  clusters: [
    {
      name: 'kubeA',
      prometheus: 'tunneled',
      namespace: 'monitoring',
      releases: { prometheus: 'prom', reflect: 'r1' },
      workloads: ['reflect', { name: 'web', clients: 'web-clients' }],
      scrape: ['kubeA.reflect', { target: 'gw', interval: '20s', job: 'gateway' }],
    },
    { name: 'kubeB', prometheus: 'dark', context: 'kubeB-ctx' },
  ],
  developers: [{ name: 'dev.client' }, { name: 'ann', enroll: true }],
  targets: [{ name: 'gw', address: '10.0.0.5:9100', hostedBy: 'lab' }],
  local: { dark: true, scrape: ['kubeB.reflect'] },
})

describe('a spec that something went wrong with', function () {
  this.timeout(300_000)
  const file = { path: '/nowhere/zprom.yaml', shown: 'zprom.yaml', text: undefined }

  const judge = async (text: string): Promise<unknown> => {
    try {
      await interpret(text, file, [])
      return undefined
    } catch (error) {
      return error
    }
  }

  // Every line of what is printed stands for one problem, and says where.
  const assertTold = (text: string, error: unknown) => {
    const printed = formatError(error, {})
    noteOutput('a damaged spec', printed)
    assert.equal(exitCodeOf(error), 3, `${printed}\nfor\n${text}`)
    assert.ok(error instanceof SpecError)
    const end = text.split('\n').length
    const messages = printed.replace(/^Error: /, '').split('\n')
    assert.equal(messages.length, error.problems.length, printed)
    for (const message of messages) {
      const line = Number(/^zprom\.yaml:(\d+):\d+ \S/.exec(message)?.[1])
      assert.ok(line >= 1 && line <= end, `no line of the spec: ${message}\nfor\n${text}`)
    }
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there.
    const moving = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/
    assert.doesNotMatch(printed, moving, `it moves the cursor: ${JSON.stringify(printed)}`)
    assert.doesNotMatch(printed, /^\s+at .*:\d+/m, 'a stack trace')
  }

  const malformed = async (dice: Dice): Promise<{ readonly text: string; readonly error: unknown }> => {
    for (;;) {
      let text = whole
      for (let more = 1 + dice.below(3); more > 0; more -= 1) text = damage(text, dice)
      const error = await judge(text)
      if (error !== undefined) return { text, error }
    }
  }

  it('is one to begin with', async () => {
    assert.equal(await judge(whole), undefined)
  })

  it(`${specs} times, each time in another way, ends with 3 and tells the line of every fault`, async () => {
    const dice = rollDice(`${specs} malformed specs`)
    const kinds = new Set<string>()
    for (let count = 0; count < specs; count += 1) {
      const { text, error } = await malformed(dice)
      assertTold(text, error)
      for (const { message } of (error as SpecError).problems) kinds.add(message.replace(/["`].*?["`]|\d+/g, ''))
    }
    process.stderr.write(`      ${specs} specs, ${kinds.size} ways to say what is wrong\n`)
  })

  it(`stops the program too, ${throughTheProgram} times`, async () => {
    const dice = rollDice(`${throughTheProgram} malformed specs, for the program`)
    const person: Person = await newPerson()
    try {
      for (let count = 0; count < throughTheProgram; count += 1) {
        await person.write('zprom.yaml', (await malformed(dice)).text)
        assertEnded(await person.run(['plan']), 3, /^Error: zprom\.yaml:\d+:\d+ /)
      }
    } finally {
      await person.leave()
    }
  })
})
