import assert from 'node:assert/strict'
import { startZprom, stopAll } from '../support/cli-running.js'
import { type Tunnel, workloadBehindTunnel } from '../support/cli-tunnel.js'
import { assertEnded, useWorld } from '../support/cli-world.js'
import { until } from '../support/world-checks.js'

// For less than the usual 30 s, or the limit was not heeded.
const mostMs = 20_000

describe('a controller that says nothing to those who use the overlay', () => {
  const world = useWorld()
  let tunnel: Tunnel | undefined
  afterEach(async () => {
    await stopAll()
    await tunnel?.close()
  })

  const workload = async (name: string) => {
    const { person, tunnel: opened } = await workloadBehindTunnel(world, name)
    tunnel = opened
    opened.hold()
    return person
  }

  it('has as long as --timeout or ZPROM_TIMEOUT says', async () => {
    const person = await workload('silent')
    const as = ['--identity-file', 'workload.json']
    for (const words of [
      ['connect', 'silent.reflect.svc', ...as],
      ['proxy', 'silent.reflect.svc', ...as],
      ['host', 'reflect', ...as],
      ['host', 'tcp', 'silent.reflect.svc', '--to', '127.0.0.1:9', ...as],
    ]) {
      const started = performance.now()
      assertEnded(await person.run([...words, '--timeout', '500ms']), 5, /in time|timed? ?out|nothing was/i)
      assertEnded(await person.run(words, { env: { ZPROM_TIMEOUT: '500ms' } }), 5)
      assert.ok(performance.now() - started < 2 * mostMs, words.join(' '))
    }
  }).timeout(120_000)

  it('has as long as --controller-timeout says, of a bridge', async () => {
    const person = await workload('quiet')
    const started = performance.now()
    const bridge = startZprom(person, [
      ...['bridge', '--as', 'quiet.reflect.id', '--identity-file', 'workload.json', '--listen', '127.0.0.1:0'],
      ...['--controller-timeout', '500ms'],
    ])
    await until('it says what failed', () => /warning: /.test(bridge.stderr()))
    assert.ok(performance.now() - started < mostMs)
  }).timeout(60_000)
})
