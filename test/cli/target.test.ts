import assert from 'node:assert/strict'
import { assertEnded, documentOf, useWorld } from '../support/cli-world.js'

describe('--target', () => {
  const world = useWorld()
  const arrive = async (name: string) => {
    const person = await world.worker()
    await person.write(
      'zprom.yaml',
      `stack: ${name}\nclusters:\n  - {name: ${name}1, prometheus: tunneled}\n  - {name: ${name}2, prometheus: dark}\n`,
    )
    return person
  }

  it('limits a plan and its application to an item and what it needs; the rest follows later', async () => {
    const person = await arrive('part')
    const plan = documentOf(await person.run(['plan', '--target', 'cluster/part2', '--json']))
    assert.equal(plan.steps.length, 14)
    assert.match(await person.ok(['apply', '--yes', '--target', 'cluster/part2', '--parallel', '2']), /14 created/)
    const one = await person.ok(['apply', '--yes', '--target', 'service/part1.reflect.svc'])
    assert.match(one, /2 created, 0 changed, 0 enrolled/)
    assert.match(await person.ok(['apply', '--yes']), /14 created, .*16 unchanged/)
    await person.ok(['plan', '--exit-code'])
  })

  it('refuses to enroll again what is outside of it: 2', async () => {
    const person = await arrive('outer')
    const enrolling = ['apply', '--yes', '--target', 'cluster/outer1', '--re-enroll']
    assertEnded(
      await person.run([...enrolling, 'outer2.reflect.id']),
      2,
      /--re-enroll outer2\.reflect\.id: it is not among what --target limits/,
      /add --target identity\/outer2\.reflect\.id/,
    )
    await person.ok([...enrolling, 'outer1.reflect.id'])
  })

  it('does not call the rest of the spec left over, and goes with a saved plan', async () => {
    const person = await arrive('keep')
    await person.ok(['apply', '--yes'])
    const said = await person.ok(['plan', '--prune', '--target', 'cluster/keep1', '--out', 'plan.json'])
    assert.match(said, /0 to delete, .*16 unchanged/)
    assert.doesNotMatch(said, /no longer in the spec/)
    assertEnded(
      await person.run(['apply', 'plan.json', '--target', 'cluster/keep1']),
      2,
      /--target: plan\.json is applied as it was made/,
      /zprom plan --target … --out FILE/,
    )
    await person.ok(['apply', 'plan.json'])
  })

  it('prunes a cluster alone that was taken out of the spec by hand', async () => {
    const person = await arrive('gone')
    await person.ok(['apply', '--yes'])
    await person.write('zprom.yaml', 'stack: gone\n')
    // What is not looked at must not go by what the plan advises.
    const left = await person.ok(['plan', '--target', 'cluster/gone2'])
    assert.match(left, /to delete what is no longer in the spec: zprom apply --prune --target cluster\/gone2$/m)
    const prune = ['apply', '--yes', '--prune', '--accept', 'delete-identities', '--target', 'cluster/gone2']
    const said = await person.ok(prune)
    assert.match(said, /, 14 deleted/)
    assert.doesNotMatch(said, /[-?] .*\/gone1/)
    assert.match(await person.ok(prune), /\? cluster\/gone2: neither the spec nor this stack/)
    assert.match(await person.ok(['plan']), /identity\/gone1\.reflect\.id: ours, but no longer in the spec/)
  })

  it('takes an enrolment for the identity that it is of', async () => {
    const person = await arrive('enrolled')
    const said = await person.ok(['apply', '--yes', '--target', 'enrollment/enrolled2.reflect.id'])
    assert.match(said, /1 created, 0 changed, 1 enrolled/)
    assertEnded(
      await person.run(['apply', '--yes', '--adopt', 'enrollment/enrolled2.reflect.id']),
      2,
      /enrollment\/enrolled2\.reflect\.id is an enrolment/,
      /write: identity\/enrolled2\.reflect\.id/,
    )
  })

  it('is refused for what is no item and no address: 2; and for an address that is nowhere: 6', async () => {
    const person = await arrive('none')
    assertEnded(await person.run(['plan', '--target', 'kubeX']), 2, /--target kubeX: .*no such item/, /cluster\/none1/)
    assertEnded(await person.run(['plan', '--target', 'enrollment/']), 2, /--target enrollment\/: /)
    const apply = await person.run(['apply', '--yes', '--target', 'service/kubeX.svc'])
    assertEnded(apply, 6, /service\/kubeX\.svc: neither the spec nor this stack/)
    assertEnded(
      await person.run(['apply', '--yes', '--target', 'cluster/kubeX']),
      6,
      /cluster\/kubeX: neither the spec/,
    )
  })
})
