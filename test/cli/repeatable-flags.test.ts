import assert from 'node:assert/strict'
import { assertEnded, manyClusters, useWorld } from '../support/cli-world.js'
import { loadCommands } from '../support/commands.js'

describe('a flag that may be repeated, or an argument', () => {
  const world = useWorld()

  it('takes one value at a time, in every command', async () => {
    const { commands } = await loadCommands()
    const classes = await Promise.all(commands.map(command => command.load()))
    const greedy = classes.flatMap(({ id, flags }) =>
      Object.entries(flags ?? {})
        .filter(([, flag]) => flag.type === 'option' && flag.multiple === true && flag.multipleNonGreedy !== true)
        .map(([name]) => `${id} --${name}`),
    )
    assert.deepEqual(greedy, [])
  })

  it('leaves what is piped in alone: an argument that is left out is never read from there', async () => {
    const { commands } = await loadCommands()
    const classes = await Promise.all(commands.map(command => command.load()))
    const readers = classes.flatMap(({ id, args }) =>
      Object.entries(args ?? {})
        .filter(([, arg]) => arg.ignoreStdin !== true)
        .map(([name]) => `${id} ${name}`),
    )
    assert.deepEqual(readers, [])
  })

  it('leaves the argument after its value alone', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', manyClusters('flags', 1))
    await person.ok(['plan', '--out', 'plan.json'])
    for (const flag of [
      ['--accept', 'delete-identities'],
      ['--adopt', 'all'],
      ['--target', 'cluster/flags0'],
      ['--re-enroll', 'flags0.reflect.id'],
    ])
      assertEnded(await person.run(['apply', ...flag, 'plan.json']), 2, /plan\.json is applied as it was made/)
    await person.ok(['apply', '--yes'])
    const address = 'service-policy/flags0.reflect.svc.dial'
    assert.match(await person.ok(['destroy', '--yes', '--accept', 'delete-identities', address]), / 1 deleted/)
    const init = ['init', 'cluster', '--prometheus', 'dark', '--yes', '--adopt', 'all', '--re-enroll']
    assert.match(await person.ok([...init, 'flags0.reflect.id', 'flags0']), /1 created, .*1 enrolled/)
  })
})
