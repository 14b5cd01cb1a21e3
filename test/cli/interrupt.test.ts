import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openTunnel } from '../support/cli-tunnel.js'
import { assertEnded, manyClusters, useWorld } from '../support/cli-world.js'
import { startProxy } from '../support/proxy.js'
import { until } from '../support/world-checks.js'

describe('Ctrl-C in the middle of zprom apply', () => {
  const world = useWorld()

  it('finishes what runs, prints the report, ends with 130, and the next run completes', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', manyClusters('once', 20))
    let isSent = false
    const ran = await person.run(['apply', '--yes'], {
      onStderr: (soFar, kill) => {
        if (isSent || !soFar.includes('done create')) return
        isSent = true
        kill('SIGINT')
      },
    })
    assertEnded(
      ran,
      130,
      /^interrupted: finishing what runs, starting nothing new/m,
      /run the same command again to go on/,
    )
    const counts = /\nInterrupted: (\d+) created, .* 0 enrolled, .*, (\d+) skipped; \d+ requests, .* s\.\n$/.exec(
      ran.stdout,
    )
    assert.ok(counts !== null, ran.stdout.slice(-500))
    assert.doesNotMatch(ran.stdout, / failed/)
    const [made, skipped] = [Number(counts[1]), Number(counts[2])]
    assert.equal(made + skipped, 20 * 16)
    // Of hundreds of steps that were not begun a few are enough.
    assert.equal(ran.stdout.match(/^ {2}skipped /gm)?.length, 10)
    assert.match(ran.stdout, new RegExp(`^ {2}and ${skipped - 10} more skipped$`, 'm'))
    assert.doesNotMatch(ran.stderr, /^skipped/m)
    const again = await person.ok(['apply', '--yes'])
    assert.match(again, new RegExp(`Done: ${280 - made} created, 0 changed, 40 enrolled, .*, ${made} unchanged`))
    assertEnded(await person.run(['plan', '--exit-code']), 0)
  })

  it('while it still reads writes nothing, here or there, and ends with 130', async () => {
    const tunnel = await openTunnel(world.overlay.url)
    tunnel.hold()
    const person = await world.worker()
    const lock = join(person.folder, 'zprom.yaml.lock')
    let interrupt = (): unknown => undefined
    const running = person.run(['init', 'cluster', 'unread', '--prometheus', 'tunneled', '--yes'], {
      env: { ZPROM_CONTROLLER: tunnel.url },
      onStart: kill => {
        interrupt = () => kill('SIGINT')
      },
      onStderr: soFar => {
        if (soFar.includes('interrupted: finishing')) tunnel.release()
      },
    })
    await until('it has begun', () => existsSync(lock))
    interrupt()
    const ran = await running
    await tunnel.close()
    assertEnded(ran, 130, /interrupted; nothing was changed/)
    assert.equal(ran.stdout, '')
    assert.deepEqual(await readdir(person.folder), [])
    assert.deepEqual(await world.overlay.admin().listByName('/identities', ['unread.reflect.id']), [])
  })

  it('while it waits for an answer that does not come ends at once', async () => {
    const proxy = await startProxy(world.overlay)
    proxy.on('GET', '/identities', 'hang', Number.POSITIVE_INFINITY)
    for (const command of [
      ['apply', '--yes'],
      ['destroy', '--yes'],
    ]) {
      const person = await world.worker()
      await person.write('ca.pem', proxy.ca)
      await person.write('zprom.yaml', manyClusters('unheard', 1))
      const asked = proxy.count('GET', '/identities')
      let interrupt = (): unknown => undefined
      const running = person.run(command, {
        env: { ZPROM_CONTROLLER: proxy.url, ZPROM_CA: `${person.folder}/ca.pem` },
        onStart: kill => {
          interrupt = () => kill('SIGINT')
        },
      })
      await until('it has asked', () => proxy.count('GET', '/identities') > asked)
      interrupt()
      // The time-out of one request is 30 s, and there are three tries.
      const ran = await Promise.race([running, sleep(15_000)])
      assert.ok(ran !== undefined, `${command[0]} goes on`)
      assertEnded(ran, 130, /interrupted; nothing was changed/)
    }
    await proxy.close()
  })

  it('ends at once the second time, and the next run takes over', async () => {
    const tunnel = await openTunnel(world.overlay.url)
    const person = await world.worker()
    await person.write('zprom.yaml', manyClusters('again', 2))
    let sent = 0
    const started = { at: 0 }
    const ran = await person.run(['apply', '--yes'], {
      env: { ZPROM_CONTROLLER: tunnel.url },
      onStderr: (soFar, kill) => {
        if (sent === 0 && soFar.includes('done create')) {
          // What runs now can't finish: the first Ctrl-C alone would wait for it.
          tunnel.hold()
          sent = 1
          kill('SIGINT')
        } else if (sent === 1 && soFar.includes('interrupted: finishing')) {
          sent = 2
          started.at = Date.now()
          kill('SIGINT')
        }
      },
    })
    await tunnel.close()
    assert.ok(Date.now() - started.at < 5_000, 'it waited for what was running')
    assertEnded(ran, 130)
    assert.doesNotMatch(ran.stdout, /Interrupted:/)
    await person.ok(['apply', '--yes'])
  })

  it('leaves a spec that was being added to whole, with its cluster in it', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', manyClusters('edit', 8))
    let isSent = false
    const ran = await person.run(['init', 'cluster', 'edited', '--prometheus', 'tunneled', '--yes'], {
      onStderr: (soFar, kill) => {
        if (isSent || !soFar.includes('done create')) return
        isSent = true
        kill('SIGTERM')
      },
    })
    assertEnded(ran, 130)
    assert.match(await person.read('zprom.yaml'), /name: edited/)
    await person.ok(['init', 'cluster', 'edited', '--yes'])
    assertEnded(await person.run(['plan', '--exit-code']), 0)
  })
})
