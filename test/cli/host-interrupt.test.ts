import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { startZprom, stopAll } from '../support/cli-running.js'
import { type Tunnel, workloadBehindTunnel } from '../support/cli-tunnel.js'
import { useWorld } from '../support/cli-world.js'
import { until } from '../support/world-checks.js'

describe('Ctrl-C before zprom host has begun to host', () => {
  const world = useWorld()
  let tunnel: Tunnel | undefined
  afterEach(async () => {
    await stopAll()
    await tunnel?.close()
  })

  const workload = async (name: string) => {
    const { person, tunnel: opened } = await workloadBehindTunnel(world, name)
    tunnel = opened
    return { person, ...opened }
  }

  it('ends it while the controller has yet to say who it is', async () => {
    const { person, hold, connections } = await workload('early')
    hold()
    const running = startZprom(person, ['host', 'reflect', '--identity-file', 'workload.json'])
    await until('it asks the controller', () => connections() > 0)
    const { code, stdout, stderr } = await running.stop('SIGINT')
    assert.deepEqual([code, stdout, stderr], [0, '', ''])
  })

  it('ends it while it waits for something to host, also of a controller that is stuck', async () => {
    const { person, hold } = await workload('idle')
    const running = startZprom(person, ['host', 'tcp', '--all', '--identity-file', 'workload.json'])
    await until('it waits', () => /waiting for one\n$/.test(running.stderr()))
    hold()
    const { code, stdout, stderr } = await running.stop('SIGINT')
    assert.deepEqual([code, stdout], [0, ''])
    assert.match(stderr, /^idle\.reflect\.id may host .*\n$/)
  })

  it('is not undone by what fails after it', () => {
    const program = fileURLToPath(new URL('../support/late-failure.ts', import.meta.url))
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', program], { encoding: 'utf8' })
    assert.deepEqual([status, stdout, stderr], [0, 'went on with undefined\n', ''])
  })
})
