import assert from 'node:assert/strict'
import type { Ran } from '../support/cli.js'
import { manyClusters, useWorld } from '../support/cli-world.js'
import { assertDocument } from '../support/documents.js'

const spec = 'stack: lines\nclusters:\n  - {name: lines, prometheus: dark}\n'

describe('--ndjson', () => {
  const world = useWorld()

  it('writes each event as a line, and at last what --json gives', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', spec)
    const { events, result } = linesOf(await person.run(['apply', '--yes', '--ndjson']), 0)
    const ended = events.filter(({ type }) => type === 'step-ended')
    const { outcomes } = result.document.report
    assert.equal(ended.length, outcomes.length)
    assert.deepEqual(
      ended.map(({ done, total }) => [done, total]),
      ended.map((_, index) => [index + 1, ended.length]),
    )
    assert.deepEqual(addressesOf(ended.map(({ outcome }) => outcome)), addressesOf(outcomes))
    assert.deepEqual(events[0]?.type, 'observed')
    const started = events.filter(({ type }) => type === 'step-started')
    assert.deepEqual(addressesOf(started), addressesOf(outcomes))
  })

  it('does so for init and destroy', async () => {
    const person = await world.worker()
    const init = linesOf(await person.run(['init', 'cluster', 'begun', '--prometheus', 'dark', '--yes', '--ndjson']), 0)
    assert.equal(init.result.document.report.interrupted, false)
    linesOf(await person.run(['init', 'local', '--yes', '--ndjson']), 0)
    const all = ['destroy', '--yes', '--accept', 'delete-identities', '--ndjson']
    const { events } = linesOf(await person.run(all), 0)
    assert.ok(events.some(({ type, action }) => type === 'step-started' && action === 'delete'))
  })

  it('ends with the error document when it fails, even when only the flags are wrong', async () => {
    const person = await world.worker()
    for (const [code, args] of [
      [3, ['apply', '--yes']],
      [2, ['apply', '--nope']],
      [2, ['destroy', 'no-address']],
    ] as const) {
      const { result } = linesOf(await person.run([...args, '--ndjson']), code)
      assert.equal(result.document.error.exitCode, code)
    }
    const both = await person.run(['apply', '--json', '--ndjson'])
    assert.equal(both.code, 2)
    assertDocument('error', JSON.parse(both.stdout))
  })

  it('says that it was interrupted, and ends with the report of what was done', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', manyClusters('halfway', 20))
    let isSent = false
    const ran = await person.run(['apply', '--yes', '--ndjson'], {
      onStdout: (soFar, kill) => {
        if (isSent || !soFar.includes('"type":"step-ended"')) return
        isSent = true
        kill('SIGINT')
      },
    })
    const { events, result } = linesOf(ran, 130)
    assert.ok(events.some(({ type }) => type === 'interrupted'))
    assert.equal(result.document.report.interrupted, true)
  })
})

function linesOf({ code, stdout, stderr }: Ran, expected: number) {
  assert.equal(code, expected, stdout + stderr)
  assert.equal(stderr, '')
  assert.ok(stdout.endsWith('\n'))
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
  for (const line of lines) assertDocument('event', line)
  const result = lines.pop()
  assert.deepEqual([result.type, result.exitCode], ['result', expected])
  assert.ok(lines.every(({ type }) => type !== 'result'))
  return { events: lines, result }
}

function addressesOf(items: readonly { address: string }[]): string[] {
  return items.map(({ address }) => address).sort()
}
