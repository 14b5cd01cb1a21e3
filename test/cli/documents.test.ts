import { documentOf, useWorld } from '../support/cli-world.js'
import { assertDocument } from '../support/documents.js'

const spec = 'stack: docs\nclusters:\n  - {name: docs, prometheus: tunneled}\n  - {name: docs2, prometheus: dark}\n'

describe('what is printed under --json', function () {
  this.timeout(60_000)
  const world = useWorld()
  const arrive = async (text = spec) => {
    const person = await world.worker()
    await person.write('zprom.yaml', text)
    return person
  }

  it('is as the shipped schemas say, through the whole life of a network', async () => {
    const person = await arrive()
    for (const [schema, args] of [
      ['plan', ['plan']],
      ['apply', ['init', 'cluster', 'docs', '--dry-run']],
      ['apply', ['init', 'cluster', 'docs', '--yes']],
      ['apply', ['init', 'local', '--yes']],
      ['apply', ['apply', '--yes']],
      ['plan', ['plan']],
      ['verify', ['verify']],
      ['targets', ['targets']],
      ['whoami', ['whoami']],
      ['apply', ['destroy', '--yes', '--accept', 'delete-identities']],
    ] as const)
      assertDocument(schema, documentOf(await person.run([...args, '--json'])))
  })

  it('is so too with drift, a conflict and what is left over', async () => {
    const person = await arrive(spec.replaceAll('docs', 'moved'))
    await person.ok(['apply', '--yes'])
    const admin = world.overlay.admin()
    const [service] = await admin.listByName('/services', ['moved.reflect.svc'])
    await admin.patch('/services', String((service as { id: string }).id), { roleAttributes: ['other'] })
    await admin.create('/services', { name: 'moved3.reflect.svc', encryptionRequired: true })
    await person.write(
      'zprom.yaml',
      'stack: moved\nclusters:\n  - {name: moved, prometheus: tunneled}\n  - {name: moved3, prometheus: dark}\n',
    )
    const plan = documentOf(await person.run(['plan', '--json']))
    assertDocument('plan', plan)
    assertDocument('plan', documentOf(await person.run(['plan', '--prune', '--json'])))
    for (const list of [plan.conflicts, plan.orphans, plan.drift.changed])
      if (list.length === 0) throw new Error(`nothing to look at: ${JSON.stringify(plan.drift)}`)
  })

  it('is an error document for every kind of failure', async () => {
    const person = await arrive(spec.replaceAll('docs', 'failing'))
    for (const [args, env] of [
      [['apply'], {}],
      [['plan', '--nope'], {}],
      [['plan', '--spec', 'none.yaml'], {}],
      [['plan'], { ZPROM_PASSWORD_FILE: '', ZPROM_PASSWORD: 'wrong' }],
      [['plan'], { ZPROM_CONTROLLER: 'https://localhost:1' }],
      [['verify'], {}],
      [['sandbox', 'up'], { ZPROM_SANDBOX: '../sandbox', ZPROM_ZITI: '/nowhere/ziti' }],
    ] as const)
      assertDocument('error', documentOf(await person.run([...args, '--json'], { env })))
    await person.write('zprom-out', 'a file')
    assertDocument('error', documentOf(await person.run(['apply', '--yes', '--json'])))
    await world.overlay.admin().create('/services', { name: 'failing.reflect.svc', encryptionRequired: true })
    assertDocument('error', documentOf(await person.run(['apply', '--yes', '--json'])))
  })
})
