import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { hostname } from 'node:os'
import { openTunnel, type Tunnel } from '../support/cli-tunnel.js'
import { assertEnded, manyClusters, useWorld } from '../support/cli-world.js'

// The first run is held on the wire in the middle of its work, so that what the second one meets is certain.
describe('two runs on one spec', () => {
  const world = useWorld()
  let tunnel: Tunnel

  beforeEach(async () => {
    tunnel = await openTunnel(world.overlay.url)
  })
  afterEach(() => tunnel.close())

  it('take turns: the second waits, says for whom, and finds nothing left to do', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', manyClusters('turn', 3))
    let startSecond: (run: ReturnType<typeof person.run>) => void = () => undefined
    const second = new Promise<Awaited<ReturnType<typeof person.run>>>(resolve => {
      startSecond = resolve
    })
    let isHeld = false
    const first = person.run(['apply', '--yes'], {
      env: { ZPROM_CONTROLLER: tunnel.url },
      onStderr: soFar => {
        if (isHeld || !soFar.includes('done create')) return
        isHeld = true
        tunnel.hold()
        startSecond(
          person.run(['apply', '--yes'], {
            onStderr: text => text.includes('waiting for another') && tunnel.release(),
          }),
        )
      },
    })
    const [one, two] = await Promise.all([first, second])
    assertEnded(one, 0)
    assertEnded(two, 0, /^waiting for another zprom run \(process \d+ on /m)
    assert.match(two.stdout, /Done: 0 created, 0 changed, 0 enrolled, 0 tokens saved, 42 unchanged/)
  })

  it('do not get stuck when the first is killed: the next takes over and finishes with the same identities', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', manyClusters('dead', 3))
    const killed = await person.run(['apply', '--yes'], {
      onStderr: (soFar, kill) => soFar.includes('done create') && kill('SIGKILL'),
    })
    assert.equal(killed.signal, 'SIGKILL')
    assert.ok((await readdir(person.folder)).includes('zprom.yaml.lock'))
    const next = await person.run(['apply', '--yes'])
    assertEnded(next, 0)
    assert.doesNotMatch(next.stderr, /waiting/)
    assert.ok(!(await readdir(person.folder)).includes('zprom.yaml.lock'))
    assertEnded(await person.run(['plan', '--exit-code']), 0)
    const names = (await world.overlay.admin().list('/identities', 'name contains "dead"')) as { name: string }[]
    assert.equal(names.length, 6)
  })

  it('let go of a wait at once when interrupted', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', manyClusters('wait', 1))
    await person.write('zprom.yaml.lock', JSON.stringify({ pid: process.pid, host: hostname() }))
    const ran = await person.run(['apply', '--yes'], {
      onStderr: (soFar, kill) => !soFar.includes('interrupted') && soFar.includes('waiting') && kill('SIGINT'),
    })
    assertEnded(ran, 130, /interrupted while waiting for another zprom run; nothing was changed/)
    assert.ok((await readdir(person.folder)).includes('zprom.yaml.lock'), 'the lock of the other run was removed')
  })
})
