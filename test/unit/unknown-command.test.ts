import assert from 'node:assert/strict'
import { describeUnknown } from '../../src/cli/unknown-command.js'

const commands = ['apply', 'init cluster', 'plan', 'sandbox down', 'sandbox up']

describe('words that name no command', () => {
  for (const [typed, message, hint] of [
    ['init clustr x', 'zprom init clustr x: there is no such command', 'did you mean: zprom init cluster'],
    ['SANDBOX upp', 'zprom SANDBOX upp: there is no such command', 'did you mean: zprom sandbox up'],
    ['aply', 'zprom aply: there is no such command', 'did you mean: zprom apply'],
    ['ini', 'zprom ini: there is no such command', 'did you mean: zprom init'],
    ['sandbox restart', 'zprom sandbox restart: there is no such command', 'known: sandbox down, sandbox up'],
    ['quantum', 'zprom quantum: there is no such command', `known: ${commands.join(', ')}`],
    ['plan foo bar', 'zprom plan takes no argument "foo" "bar"', 'see: zprom plan --help'],
  ] as const) {
    it(`"${typed}" are told as they were typed, with what may be meant: ${hint}`, () => {
      const error = describeUnknown(typed.split(' '), commands)
      assert.deepEqual([error.message, error.hint, error.exitCode], [message, hint, 2])
    })
  }
})
