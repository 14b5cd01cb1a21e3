import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { bin, type Person } from '../support/cli.js'
import { assertEnded, manyClusters, useWorld } from '../support/cli-world.js'

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
      child.on('error', reject).on('close', code => resolve({ code, other }))
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

  it('goes on to the end when only the reader of its progress leaves', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', manyClusters('progress', 2))
    const { code, other } = await readLittle(person, ['apply', '--yes'], 'stderr')
    assert.equal(code, 0)
    assert.match(other, /\nDone: 28 created/)
    assertEnded(await person.run(['plan', '--exit-code']), 0)
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
    assertEnded(await person.run(['aply']), 2, /command aply not found/)
    assertEnded(await person.run(['init', 'clustre']), 2, /not found/)
  })
})
