import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { load } from 'js-yaml'
import { bin, type Person } from '../support/cli.js'
import { assertEnded, useWorld } from '../support/cli-world.js'
import { requires } from '../support/requires.js'
import { noteOutput } from '../support/secrets.js'

const examples = fileURLToPath(new URL('../../docs/examples/', import.meta.url))
const setUp = join(examples, 'set-up.sh')

type Step = { readonly name?: string; readonly uses?: string; readonly run?: string; readonly shell?: string }
type Workflow = {
  readonly env: Readonly<Record<string, string>>
  readonly jobs: Readonly<Record<string, { readonly steps: readonly Step[] }>>
}

const readWorkflow = async () => load(await readFile(join(examples, 'github-actions.yml'), 'utf8')) as Workflow

describe('the examples for scripts and CI', function () {
  this.timeout(60_000)
  const world = useWorld()

  // A machine where zprom is installed, as `zprom` on the PATH.
  const arrive = async () => {
    const person = await world.worker()
    const programs = join(person.folder, '..', 'bin')
    await mkdir(programs, { recursive: true })
    await writeFile(join(programs, 'zprom'), `#!/bin/sh\nexec '${process.execPath}' '${bin}' "$@"\n`, { mode: 0o755 })
    return { ...person, env: { ...person.env, PATH: `${programs}:${person.env.PATH}` } }
  }
  const bash = (person: Person, args: readonly string[], env = {}) => {
    const ran = spawnSync('bash', args, { cwd: person.folder, env: { ...person.env, ...env }, encoding: 'utf8' })
    noteOutput(`bash ${args.join(' ')}`, ran.stdout + ran.stderr)
    return { code: ran.status, signal: ran.signal, stdout: ran.stdout, stderr: ran.stderr }
  }

  it('pass shellcheck, each step of the workflow too', async function () {
    requires(this, spawnSync('shellcheck', ['--version']).status === 0, 'shellcheck is not installed')
    const steps = Object.values((await readWorkflow()).jobs).flatMap(job => job.steps.flatMap(({ run }) => run ?? []))
    assert.ok(steps.length >= 5)
    for (const input of [await readFile(setUp, 'utf8'), ...steps])
      assert.equal(spawnSync('shellcheck', ['-s', 'bash', '-'], { input, encoding: 'utf8' }).stdout, '')
  })

  it('set-up.sh builds the network, and does nothing the second time', async () => {
    const person = await arrive()
    const first = bash(person, [setUp])
    assertEnded(first, 0)
    assert.match(first.stdout, /Verify: \d+ passed, \d+ warned, 0 failed/)
    assert.match(await person.read('verify.xml'), /failures="0"/)
    const second = bash(person, [setUp])
    assertEnded(second, 0)
    assert.doesNotMatch(second.stdout, /Done: [1-9]/)
    // Other stacks on the same network would be services beyond the spec.
    await person.ok(['destroy', '--yes', '--accept', 'delete-identities'])
  })

  it('set-up.sh tries again while nothing answers, and only then', async () => {
    const person = await arrive()
    const away = bash(person, [setUp], { ZPROM_CONTROLLER: 'https://localhost:1', SET_UP_PAUSE: '0' })
    assertEnded(away, 5, /try 1 of 5[\s\S]*try 5 of 5/)
    const refused = bash(person, [setUp], { ZPROM_PASSWORD_FILE: '', ZPROM_PASSWORD: 'wrong' })
    assertEnded(refused, 1, /a file with the password/)
    await person.write('wrong', 'wrong')
    const wrong = bash(person, [setUp], { ZPROM_PASSWORD_FILE: 'wrong', SET_UP_PAUSE: '0' })
    assertEnded(wrong, 4)
    assert.doesNotMatch(wrong.stderr, /try 1/)
  })

  // What GitHub fills in; the steps that run actions and install the package are what this machine has instead.
  const runJob = async (person: Person, name: string, expected = 0) => {
    const { env, jobs } = await readWorkflow()
    const given: Readonly<Record<string, string>> = {
      'vars.ZPROM_PACKAGE': 'zprom.tgz',
      'vars.ZPROM_CONTROLLER': world.overlay.url,
      'vars.ZPROM_USERNAME': world.overlay.username,
      'secrets.ZPROM_PASSWORD': world.overlay.password,
    }
    const filled = Object.entries(env).map(([key, value]) => [
      key,
      value.replace(
        /\$\{\{ (\S+) \}\}/g,
        (_, word) => given[word] ?? assert.fail(`${word} is nothing that GitHub knows`),
      ),
    ])
    await cp(world.overlay.caFile, join(person.folder, 'ca.pem'))
    const theirs = {
      ...Object.fromEntries(filled),
      ZPROM_PASSWORD_FILE: '',
      CI: 'true',
      GITHUB_STEP_SUMMARY: 'summary.md',
    }
    const steps = jobs[name]?.steps.filter(({ run, name }) => run !== undefined && name !== 'Install zprom') ?? []
    assert.ok(steps.length > 0)
    for (const { run = '', shell } of steps) {
      assert.equal(shell, 'bash')
      // As GitHub starts it; what comes after a step that failed is left out.
      const ran = bash(person, ['--noprofile', '--norc', '-eo', 'pipefail', '-c', run], theirs)
      if (ran.code === 0) continue
      assertEnded(ran, expected)
      return summaryOf(person)
    }
    assert.equal(expected, 0)
    return summaryOf(person)
  }

  const summaryOf = (person: Person) => person.read('summary.md').catch(() => '')

  it('the workflow plans a pull request, applies what is merged, and proves it', async () => {
    const spec = 'stack: actions\nclusters:\n  - {name: actions, prometheus: dark}\n'
    const request = await arrive()
    await request.write('zprom.yaml', spec)
    assert.match(await runJob(request, 'plan'), /^```\nPlan for stack "actions"[\s\S]*Plan: 14 to create/)
    const runner = await arrive()
    await runner.write('zprom.yaml', spec)
    assert.match(await runJob(runner, 'apply'), /^\*\*Verify: \d+ passed, \d+ warned, 0 failed/)
    assert.ok((await readdir(runner.folder)).includes('verify.xml'))
    // The next request comes from a machine that has none of the keys.
    const next = await arrive()
    await next.write('zprom.yaml', `${spec}developers: [{name: actions.dev}]\n`)
    assert.match(await runJob(next, 'plan'), /Plan: 1 to create, 0 to change, 0 to delete/)
    // What takes a cluster away that is enrolled is in conflict, and would be after the merge as well.
    await next.write('zprom.yaml', 'stack: actions\n')
    assert.match(await runJob(next, 'plan', 6), /\d+ in conflict/)
  })

  it('the workflow publishes no checks of an earlier run, and ends as verify does, where nothing answers', async () => {
    const runner = await arrive()
    await runner.write('zprom.yaml', 'stack: actions\n')
    await runner.write('verify.md', '**Verify: 6 passed')
    await runner.write('verify.xml', '<testsuites/>')
    const steps = (await readWorkflow()).jobs.apply?.steps ?? []
    const { run = '' } = steps.find(({ name }) => name === 'Verify') ?? {}
    const env = { ZPROM_CONTROLLER: 'https://localhost:1', GITHUB_STEP_SUMMARY: 'summary.md' }
    assertEnded(bash(runner, ['--noprofile', '--norc', '-eo', 'pipefail', '-c', run], env), 5)
    assert.deepEqual(await readdir(runner.folder), ['zprom.yaml'])
  })
})
