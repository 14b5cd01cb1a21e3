import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { findFreePorts } from '../../src/cli/sandbox/ports.js'
import { bin, type Person } from '../support/cli.js'
import { documentOf, manyClusters, useWorld } from '../support/cli-world.js'
import { noteOutput } from '../support/secrets.js'

const spec = 'stack: json\nclusters:\n  - {name: json, prometheus: dark}\n'

describe('--json', () => {
  const world = useWorld()
  const arrive = async (text = spec) => {
    const person = await world.worker()
    await person.write('zprom.yaml', text)
    return person
  }
  const failing = async (person: Person, exitCode: number, args: readonly string[], env = {}) => {
    const ran = await person.run([...args, '--json'], { env })
    assert.equal(ran.code, exitCode, ran.stdout)
    const { error, ...rest } = documentOf(ran)
    assert.equal(error.exitCode, exitCode)
    assert.equal(typeof error.message, 'string')
    assert.ok(error.message.length > 10, error.message)
    return { ...error, beside: Object.keys(rest) }
  }

  const assertMembers = async (person: Person, args: readonly string[], members: string, env = {}) => {
    const ran = await person.run([...args, '--json'], { env })
    assert.equal(ran.code, 0, `${args.join(' ')}: ${ran.stdout}`)
    assert.deepEqual(Object.keys(documentOf(ran)).sort(), members.split(' ').sort(), args.join(' '))
  }

  it('makes stdout one document, for every command that goes well', async () => {
    const { url, password, caFile } = world.overlay
    const person = await arrive()
    const env = { ZPROM_PASSWORD: password, ZPROM_SANDBOX: '../sandbox' }
    for (const [args, members] of [
      [['plan'], 'stack controller enrollments unchanged conflicts notices orphans drift forecast basis steps'],
      [['init', 'cluster', 'more', '--prometheus', 'dark', '--dry-run'], 'artefacts plan report'],
      [['init', 'cluster', 'json', '--yes'], 'artefacts plan report'],
      [['apply', '--yes'], 'artefacts plan report'],
      [['dev-identity', 'json.dev', '--enroll', '--yes'], 'artefacts plan report services'],
      [['verify', '--allow-extra'], 'checks'],
      [
        ['import', '--stack', 'json', '--spec', 'found.yaml'],
        'written text clusters local targets developers own foreign same different missing conflicts notUnderstood adopted',
      ],
      [['remove', 'cluster', 'more', '--dry-run'], 'artefacts plan report cluster dropped stranded warnings'],
      [['login', url, '--username', 'admin', '--ca', caFile], 'url username isAdmin method profile version'],
      [['logout'], 'profile ended'],
      [['sandbox', 'status'], 'running starting folder url profile version routersOnline pid'],
      [['sandbox', 'down'], 'stopped removed left'],
    ] as const)
      await assertMembers(person, args, members, env)
  })

  it('does so for what is scraped, too', async () => {
    const person = await arrive()
    for (const [args, members] of [
      [['init', 'local', '--yes'], 'artefacts plan report'],
      [['add-target', 'json.reflect', '--to', 'local', '--dry-run'], 'artefacts jobs plan report target'],
      [['add-target', 'json.prometheus', '--to', 'json'], 'artefacts jobs plan report target'],
      [['remove-target', 'json.prometheus'], 'artefacts forgotten from plan report target'],
      [['targets'], 'targets'],
    ] as const)
      await assertMembers(person, args, members)
  })

  it('has what a person would have been warned of, be the end good or bad, and stderr has nothing', async () => {
    const person = await arrive('# nothing yet\n')
    const warnings = ['zprom.yaml is empty, so it asks for nothing']
    const ran = await person.run(['plan', '--json'])
    assert.deepEqual([ran.code, ran.stderr, documentOf(ran).warnings], [0, '', warnings])
    const failed = await person.run(['plan', '--json'], { env: { ZPROM_PASSWORD: 'not-the-password' } })
    assert.deepEqual([failed.code, failed.stderr], [4, ''])
    const { error, warnings: beside } = documentOf(failed)
    assert.deepEqual([error.code, beside], ['AUTH', warnings])
  })

  it('says USAGE and 2 for what was typed wrong, whether zprom or its parser noticed', async () => {
    const person = await arrive(spec.replaceAll('json', 'typed'))
    for (const args of [
      ['apply'],
      ['plan', '--nope'],
      ['plan', 'more'],
      ['plna'],
      ['plan', '--parallel', '0'],
      ['init', 'cluster'],
    ]) {
      const { code, hint } = await failing(person, 2, args)
      assert.deepEqual([code, typeof hint], ['USAGE', 'string'])
    }
  })

  it('says SPEC and 3, with every problem', async () => {
    const { code, problems } = await failing(await arrive('clusters: 1\nstak: a\n'), 3, ['plan'])
    assert.deepEqual([code, problems.length], ['SPEC', 2])
  })

  it('says AUTH and 4, with the controller', async () => {
    const env = { ZPROM_PASSWORD: 'not-the-password' }
    const { code, controller } = await failing(await arrive(), 4, ['plan'], env)
    assert.deepEqual([code, controller], ['AUTH', world.overlay.url])
  })

  it('says CONTROLLER and 5, with the request and whether it may work later', async () => {
    const [port] = await findFreePorts(1)
    const env = { ZPROM_CONTROLLER: `https://localhost:${port}` }
    const { code, detail } = await failing(await arrive(), 5, ['verify'], env)
    assert.deepEqual(
      [code, detail],
      [
        'CONTROLLER',
        { method: 'POST', path: '/edge/management/v1/authenticate', networkCode: 'ECONNREFUSED', retryable: true },
      ],
    )
  })

  it('says APPLY and 6, with the report', async () => {
    await world.overlay.admin().create('/services', { name: 'six.reflect.svc', encryptionRequired: true })
    const person = await arrive(spec.replaceAll('json', 'six'))
    const { code, beside } = await failing(person, 6, ['apply', '--yes'])
    assert.deepEqual([code, beside], ['APPLY', ['report']])
  })

  it('says VERIFY and 7, with all checks', async () => {
    const { code, beside } = await failing(await arrive(spec.replaceAll('json', 'seven')), 7, ['verify'])
    assert.deepEqual([code, beside], ['VERIFY', ['checks']])
  })

  it('says FILE and 8, with the path, and TOOL and 8, with the program', async () => {
    const person = await arrive()
    await person.write('zprom-out', 'a file')
    const file = await failing(person, 8, ['apply', '--yes'])
    assert.equal(file.code, 'FILE')
    assert.match(file.path, /zprom-out/)
    const env = { ZPROM_SANDBOX: '../sandbox', ZPROM_ZITI: '/nowhere/ziti' }
    const tool = await failing(person, 8, ['sandbox', 'up'], env)
    assert.deepEqual([tool.code, tool.command], ['TOOL', '/nowhere/ziti'])
  })

  it('says INTERRUPTED and 130, with the report', async () => {
    const person = await arrive(manyClusters('stop', 20))
    const child = spawn(process.execPath, [bin, 'apply', '--yes', '--json'], { cwd: person.folder, env: person.env })
    let stdout = ''
    child.stdout.on('data', text => {
      stdout += text
    })
    const ended = new Promise(resolve => child.on('close', resolve))
    const admin = world.overlay.admin()
    while ((await admin.list('/configs', 'name contains "stop"')).length === 0) await new Promise(setImmediate)
    child.kill('SIGINT')
    assert.equal(await ended, 130)
    noteOutput('zprom apply --json, interrupted', stdout)
    const { error, report } = JSON.parse(stdout)
    assert.deepEqual([error.code, error.exitCode, report.interrupted], ['INTERRUPTED', 130, true])
    assert.equal(report.outcomes.length, 320)
  })
})
