import assert from 'node:assert/strict'
import { schemaNames } from '../../src/report/schema/index.js'
import type { Person } from '../support/cli.js'
import { documentOf, useWorld } from '../support/cli-world.js'
import { assertDocument, commandOf } from '../support/documents.js'

const spec = 'stack: docs\nclusters:\n  - {name: docs, prometheus: tunneled}\n  - {name: docs2, prometheus: dark}\n'

// With Docker in test/live/local-docker, with Prometheus servers in test/live/demo.
const elsewhere = ['local up', 'local down', 'sandbox demo']

describe('what is printed under --json', function () {
  this.timeout(150_000)
  const world = useWorld()
  const seen = new Set<string>(elsewhere)
  const arrive = async (text = spec) => {
    const person = await world.worker()
    await person.write('zprom.yaml', text)
    return person
  }
  // Every run with --json is held against the schema of its command, here and in all other cases (support/cli.ts).
  const runAll = async (person: Person, env: Record<string, string>, runs: readonly (readonly string[])[]) => {
    for (const args of runs) {
      const ran = await person.run([...args, '--json'], { env })
      assert.ok(ran.code === 0 || ran.code === 10, `${args.join(' ')}: ${ran.stdout}${ran.stderr}`)
      documentOf(ran)
      seen.add(commandOf(args) ?? '')
    }
  }

  it('is as the shipped schemas say, through the whole life of a network', async () => {
    const person = await arrive()
    await runAll(person, {}, [
      ['plan'],
      ['init', 'cluster', 'docs', '--dry-run'],
      ['init', 'cluster', 'docs', '--yes'],
      ['init', 'local', '--yes'],
      ['apply', '--yes'],
      ['plan'],
      ['dev-identity', 'docs.dev', '--enroll', '--yes'],
      ['verify'],
      ['add-target', 'node', '--address', '127.0.0.1:9100', '--hosted-by', 'docs.host', '--to', 'all', '--yes'],
      ['targets'],
      ['remove-target', 'node', '--from', 'docs', '--yes'],
      ['import', '--spec', 'found.yaml', '--stack', 'docs', '--dry-run'],
      ['import', '--spec', 'found.yaml', '--stack', 'docs'],
      ['remove', 'cluster', 'docs2', '--yes', '--accept', 'delete-identities'],
      ['destroy', '--yes', '--accept', 'delete-identities'],
    ])
  })

  it('is so too where no controller is needed', async () => {
    const person = await arrive()
    await runAll(person, { PATH: '/nowhere' }, [
      ['render', 'docs', '--stdout'],
      ['render', '--check'],
      ['render'],
      ['render', '--check'],
      ['install', 'docs', '--context', 'docs-ctx', '--dry-run'],
      ...['bash', 'zsh', 'fish'].map(shell => ['completion', shell]),
    ])
  })

  it('is so for logins and the sandbox', async () => {
    const { url, password, caFile } = world.overlay
    const person = await world.newcomer()
    await runAll(person, { ZPROM_PASSWORD: password }, [
      ['login', url, '--username', 'admin', '--ca', caFile],
      ['whoami'],
      ['logout'],
      ['logout', '--forget'],
    ])
    const { ZPROM_ZITI } = process.env
    const env = { ZPROM_SANDBOX: '../sandbox', ...(ZPROM_ZITI && { ZPROM_ZITI }) }
    await runAll(person, env, [
      ['sandbox', 'status'],
      ['sandbox', 'up'],
      ['sandbox', 'status'],
      ['sandbox', 'down'],
      ['sandbox', 'down', '--purge'],
    ])
  })

  it('is so with drift, a conflict and what is left over', async () => {
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
    documentOf(await person.run(['plan', '--prune', '--json']))
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

  it('was looked at for every command that takes --json', () => {
    assert.deepEqual([...seen].sort(), [...schemaNames.keys()].sort())
  })
})
