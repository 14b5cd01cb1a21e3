import assert from 'node:assert/strict'
import { withBarePrometheus } from '../../src/cli/verify-more.js'

describe('the flag --prometheus', () => {
  it('is for all of them when no name follows, and stays as it is otherwise', () => {
    for (const [typed, meant] of [
      ['--prometheus', '--prometheus=all'],
      ['--prometheus --expect up', '--prometheus=all --expect up'],
      ['--prometheus kubeA --prometheus -s x', '--prometheus kubeA --prometheus=all -s x'],
      ['--prometheus=kubeA --json', '--prometheus=kubeA --json'],
      ['--dial', '--dial'],
    ] as const)
      assert.deepEqual(withBarePrometheus(typed.split(' ')), meant.split(' '))
  })
})
