import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { bin, type Person } from '../support/cli.js'
import { assertEnded, documentOf, manyClusters, useWorld } from '../support/cli-world.js'
import { noteOutput } from '../support/secrets.js'

describe('zprom in a pipe', () => {
  const world = useWorld()
  // Like `zprom … | head -1`: the reader leaves after the first piece.
  const readLittle = (person: Person, args: readonly string[], close: 'stdout' | 'stderr') =>
    new Promise<{ code: number | null; other: string }>((resolve, reject) => {
      const child = spawn(process.execPath, [bin, ...args], { cwd: person.folder, env: person.env })
      const [read, kept] = close === 'stdout' ? [child.stdout, child.stderr] : [child.stderr, child.stdout]
      let other = ''
      kept.on('data', text => {
        other += text
      })
      read.once('data', () => read.destroy())
      child.on('error', reject).on('close', code => {
        noteOutput(`zprom ${args.join(' ')}, in a pipe`, other)
        resolve({ code, other })
      })
    })

  it('ends quietly when the reader of a long plan has seen enough', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', manyClusters('long', 200))
    for (const flags of [[], ['--json']]) {
      const { code, other } = await readLittle(person, ['plan', ...flags], 'stdout')
      assert.equal(code, 0)
      assert.doesNotMatch(other, /EPIPE|\n\s+at /)
    }
  })

  it('says all that it has to say to a reader that takes its time', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', manyClusters('slow', 300))
    const child = spawn(process.execPath, [bin, 'plan', '--json'], { cwd: person.folder, env: person.env })
    // Far more than a pipe holds, and nobody reads until it must have run to its end.
    await sleep(3000)
    const stdout = await text(child.stdout)
    noteOutput('zprom plan --json, read slowly', stdout)
    assert.equal((JSON.parse(stdout) as { steps: unknown[] }).steps.length, 300 * 14)
  })

  it('goes on to the end when only the reader of its progress leaves', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', manyClusters('progress', 2))
    const { code, other } = await readLittle(person, ['apply', '--yes'], 'stderr')
    assert.equal(code, 0)
    assert.match(other, /\nDone: 28 created/)
    assertEnded(await person.run(['plan', '--exit-code']), 0)
  })

  it('goes on to the end when its progress is written to a full disk', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', manyClusters('fulllog', 2))
    const full = openSync('/dev/full', 'w')
    const { status, stdout } = spawnSync(process.execPath, [bin, 'apply', '--yes'], {
      cwd: person.folder,
      env: person.env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', full],
    })
    closeSync(full)
    assert.equal(status, 0, stdout)
    assert.match(stdout, /\nDone: 28 created/)
  })

  it('asks nothing, and waits for nothing on stdin', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', manyClusters('ask', 1))
    const child = spawn(process.execPath, [bin, 'apply'], { cwd: person.folder, env: person.env })
    const code = await new Promise(resolve => child.on('close', resolve))
    assert.equal(code, 2)
  })

  it('prints no colours and no cursor movements', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', manyClusters('plain', 1))
    const { stdout, stderr } = await person.run(['apply', '--yes'], { env: { NO_COLOR: undefined, TERM: 'xterm' } })
    assert.ok(!(stdout + stderr).includes('\u001b'), stdout)
  })

  it('names the command that was meant, or says that there is none', async () => {
    const person = await world.worker()
    assertEnded(await person.run(['aply']), 2, /zprom aply: there is no such command\n {2}did you mean: zprom apply/)
    assertEnded(await person.run(['init', 'clustr', 'x']), 2, /did you mean: zprom init cluster$/m)
    assertEnded(await person.run(['plan', 'foo']), 2, /zprom plan takes no argument "foo"/, /zprom plan --help/)
    const asJson = await person.run(['init', 'clustr', '--json'])
    assert.deepEqual([asJson.code, documentOf(asJson).error.code], [2, 'USAGE'])
  })

  it('gives help on "help" as on --help', async () => {
    const person = await world.worker()
    assert.equal(await person.ok(['help']), await person.ok(['--help']))
    assert.equal(await person.ok(['help', 'init', 'cluster']), await person.ok(['init', 'cluster', '--help']))
  })

  it('says so when stdout takes nothing: 8, no stack, the run goes on to its end, and no lock is left', async () => {
    const person = await world.worker()
    const intoFull = (args: readonly string[]) => {
      const full = openSync('/dev/full', 'w')
      const { status, stderr } = spawnSync(process.execPath, [bin, ...args], {
        cwd: person.folder,
        env: person.env,
        encoding: 'utf8',
        stdio: ['ignore', full, 'pipe'],
      })
      closeSync(full)
      assert.equal(status, 8, stderr)
      assert.match(stderr, /^Error: stdout takes no more \(ENOSPC\)/m)
      assert.doesNotMatch(stderr, /\n\s+at /)
    }
    intoFull(['init', 'cluster', 'full', '--prometheus', 'dark', '--yes'])
    assert.deepEqual((await readdir(person.folder)).sort(), ['zprom-out', 'zprom.yaml'])
    assertEnded(await person.run(['plan', '--exit-code']), 0)
    for (const flags of [[], ['--json']]) intoFull(['plan', ...flags])
  })
})
