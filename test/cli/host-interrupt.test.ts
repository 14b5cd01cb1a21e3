import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startZprom, stopAll } from '../support/cli-running.js'
import { openTunnel, type Tunnel } from '../support/cli-tunnel.js'
import { useWorld } from '../support/cli-world.js'
import { until } from '../support/world-checks.js'

describe('Ctrl-C before zprom host has begun to host', () => {
  const world = useWorld()
  let tunnel: Tunnel | undefined
  afterEach(async () => {
    await stopAll()
    await tunnel?.close()
  })

  it('ends it while the controller has yet to say who it is', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', 'stack: early\nclusters:\n  - {name: early, prometheus: dark}\n')
    await person.ok(['apply', '--yes'])
    tunnel = await openTunnel(world.overlay.url)
    const { url, connections, hold } = tunnel
    const file = JSON.parse(await person.read('zprom-out/early/early.reflect.id.json'))
    await person.write('early.reflect.id.json', JSON.stringify({ ...file, ztAPI: `${url}/edge/client/v1` }))
    await chmod(join(person.folder, 'early.reflect.id.json'), 0o600)
    hold()
    const running = startZprom(person, ['host', 'reflect', '--identity-file', 'early.reflect.id.json'])
    await until('it asks the controller', () => connections() > 0)
    const { code, stdout, stderr } = await running.stop('SIGINT')
    assert.deepEqual([code, stdout, stderr], [0, '', ''])
  })

  it('is not undone by what fails after it', () => {
    const program = fileURLToPath(new URL('../support/late-failure.ts', import.meta.url))
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', program], { encoding: 'utf8' })
    assert.deepEqual([status, stdout, stderr], [0, 'went on with undefined\n', ''])
  })
})
