import assert from 'node:assert/strict'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { assertEnded, documentOf, useWorld } from '../support/cli-world.js'

describe('zprom apply', () => {
  const world = useWorld()
  const specOf = (name: string) => `stack: ${name}\nclusters:\n  - {name: ${name}, prometheus: tunneled}\n`
  const countOwned = async (stack: string) => {
    const rows = await world.overlay.admin().list('/services', `tags.zprom_stack = "${stack}"`)
    return rows.length
  }

  it('ends with 2 without --yes where nobody can be asked, and nothing is changed', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', specOf('unasked'))
    const ran = await person.run(['apply'])
    assertEnded(ran, 2, /nobody is there to answer "Apply this plan\?"/, /pass --yes to go ahead/)
    assert.match(ran.stdout, /16 to create/)
    assert.equal(await countOwned('unasked'), 0)
    await assert.rejects(stat(join(person.folder, 'zprom-out')), { code: 'ENOENT' })
  })

  it('shows the plan, then each step on stderr, and the counts, requests and seconds last', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', specOf('shown'))
    const { stdout, stderr } = await person.run(['apply', '--yes'])
    assert.match(stdout, /^Plan for stack "shown"/)
    assert.match(stderr, /^done create identity\/shown\.reflect\.id$/m)
    assert.match(
      stdout,
      /\nDone: 16 created, 0 changed, 2 enrolled, 1 token saved, 0 unchanged; \d+ requests, \d+\.\d s\.\n$/,
    )
  })

  it('keeps identities and tokens where only their owner can read them, and out of git', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', specOf('kept'))
    await person.ok(['apply', '--yes'])
    for (const name of ['kept.prometheus.id.json', 'kept.reflect.id.json', 'kept.ziti.id.jwt']) {
      const { mode } = await stat(join(person.folder, 'zprom-out', 'kept', name))
      assert.equal((mode & 0o777).toString(8), '600', name)
    }
    const ignored = await person.read('zprom-out/.gitignore')
    assert.match(ignored, /^\*\.jwt\n\*\.id\.json\n/)
    assert.ok(ignored.split('\n').includes('.*.tmp'), 'what a killed write leaves behind would be in git')
  })

  it('writes nothing the second time', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', specOf('twice'))
    await person.ok(['apply', '--yes'])
    const identity = await person.read('zprom-out/twice/twice.reflect.id.json')
    const again = await person.ok(['apply'])
    assert.match(again, /^Done: 0 created, 0 changed, 0 enrolled, 0 tokens saved, 16 unchanged; \d requests, .* s\.\n$/)
    assert.equal(await person.read('zprom-out/twice/twice.reflect.id.json'), identity)
  })

  it('gives the plan and the report as one document under --json', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', specOf('parsed'))
    const { plan, report } = documentOf(await person.run(['apply', '--yes', '--json']))
    assert.equal(plan.steps.length, 16)
    assert.equal(report.outcomes.length, 19)
    assert.ok(report.outcomes.every(({ result }: { result: string }) => result === 'done'))
    assert.equal(report.interrupted, false)
  })

  it('keeps to the number of requests in flight that is asked for, and refuses a number that is none', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', specOf('single'))
    await person.ok(['apply', '--yes', '--parallel', '1'])
    for (const number of ['0', '65', 'many'])
      assertEnded(await person.run(['apply', '--parallel', number]), 2, /^Error: --parallel: /m)
  })

  it('makes the kind of key that is asked for', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', specOf('larger'))
    await person.ok(['apply', '--yes', '--key-type', 'ec-p384'])
    await person.ok(['verify', '--as', 'larger.reflect.id'])
    assertEnded(await person.run(['apply', '--key-type', 'dsa']), 2, /Expected --key-type=dsa to be one of: ec-p256/)
  })
})
