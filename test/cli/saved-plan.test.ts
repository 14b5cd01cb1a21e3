import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { assertEnded, useWorld } from '../support/cli-world.js'

const spec = (name: string) => `stack: ${name}\nclusters:\n  - {name: ${name}1, prometheus: dark}\n`

describe('a plan that was saved', () => {
  const world = useWorld()
  const arrive = async (name: string, flags: readonly string[] = []) => {
    const person = await world.worker()
    await person.write('zprom.yaml', spec(name))
    await person.ok(['plan', '--out', 'plan.json', ...flags])
    return person
  }

  it('is applied as it was, without a question', async () => {
    const person = await arrive('saved')
    assert.match(await person.ok(['apply', 'plan.json']), /14 created, .*2 enrolled/)
    assert.match(await person.ok(['plan']), /0 to create/)
  })

  it('holds the plan for people and tools to read, and no secret', async () => {
    const person = await arrive('read')
    const { format, stack, plan } = JSON.parse(await person.read('plan.json'))
    assert.deepEqual([format, stack, plan.steps.length], ['zprom-plan/2', 'read', 14])
    assert.doesNotMatch(await person.read('plan.json'), /eyJ|PRIVATE/)
    const { mode } = await stat(join(person.folder, 'plan.json'))
    assert.equal(mode & 0o777, 0o600)
  })

  it('is a file: a pipe is refused at once', async () => {
    const person = await arrive('piped')
    execFileSync('mkfifo', [join(person.folder, 'pipe')])
    assertEnded(await person.run(['apply', 'pipe']), 2, /pipe: this is no file/)
  })

  it('is refused once the network has moved: 6, and nothing is done', async () => {
    const person = await arrive('moved')
    await world.overlay.admin().create('/services', { name: 'somebody.elses', encryptionRequired: true })
    const ran = await person.run(['apply', 'plan.json'])
    assertEnded(ran, 6, /plan\.json is out of date: what is on the controller/, /zprom plan --out FILE/)
    assert.deepEqual(await world.overlay.admin().listByName('/services', ['moved1.reflect.svc']), [])
  })

  it('is refused when it was applied already, or the spec has changed', async () => {
    const person = await arrive('twice')
    await person.ok(['apply', 'plan.json'])
    assertEnded(await person.run(['apply', 'plan.json']), 6, /out of date: what is on the controller/)
    await person.ok(['plan', '--out', 'plan.json'])
    await person.write('zprom.yaml', `${spec('twice')}developers: [{name: twice.dev}]\n`)
    assertEnded(await person.run(['apply', 'plan.json']), 6, /out of date: the spec was changed since/)
  })

  it('is refused when its steps were edited, or it is of an earlier version: nothing is done', async () => {
    const person = await arrive('edited')
    const text = await person.read('plan.json')
    await person.write(
      'plan.json',
      text.replaceAll('#prometheus-clients', '#all').replaceAll('#reflectz-clients', '#all'),
    )
    assertEnded(
      await person.run(['apply', 'plan.json']),
      6,
      /the steps in plan\.json were edited/,
      /save the plan again/,
    )
    await person.write('plan.json', text.replace('zprom-plan/2', 'zprom-plan/1'))
    assertEnded(
      await person.run(['apply', 'plan.json']),
      2,
      /plan\.json was saved by an earlier/,
      /save the plan again/,
    )
    assert.deepEqual(await world.overlay.admin().listByName('/services', ['edited1.reflect.svc']), [])
  })

  it('is refused when it would be another now, though nothing has moved', async () => {
    const person = await arrive('wider', ['--target', 'service/wider1.reflect.svc'])
    const { choices, ...rest } = JSON.parse(await person.read('plan.json'))
    assert.deepEqual(choices, { target: ['service/wider1.reflect.svc'] })
    await person.write('plan.json', JSON.stringify({ ...rest, choices: {} }))
    assertEnded(
      await person.run(['apply', 'plan.json']),
      6,
      /plan\.json is out of date: zprom would now do something else/,
    )
    assert.deepEqual(await world.overlay.admin().listByName('/services', ['wider1.reflect.svc']), [])
  })

  it('remembers what it was to delete', async () => {
    const person = await arrive('doomed')
    await person.ok(['apply', 'plan.json'])
    await person.write('zprom.yaml', 'stack: doomed\n')
    await person.ok(['plan', '--out', 'plan.json', '--prune', '--accept', 'delete-identities'])
    assert.match(await person.ok(['apply', 'plan.json']), /14 deleted/)
  })

  it('is refused when it is no plan, is not there, or is to be applied with other choices: 2', async () => {
    const person = await arrive('wrong')
    await person.write('other.json', '{"format": "x"}')
    assertEnded(await person.run(['apply', 'other.json']), 2, /other\.json is no saved plan/, /zprom plan --out FILE/)
    assertEnded(await person.run(['apply', 'nope.json']), 2, /nope\.json: there is no such file/)
    const told = [
      [['--prune'], /zprom plan --prune … --out FILE/],
      [['--re-enroll', 'kubeA.reflect.id'], /a plan that is saved never has that/],
      [['--own-router-policies'], /without the file: zprom apply --own-router-policies/],
    ] as const
    for (const [widening, how] of told)
      assertEnded(await person.run(['apply', 'plan.json', ...widening]), 2, /is applied as it was made/, how)
  })
})
