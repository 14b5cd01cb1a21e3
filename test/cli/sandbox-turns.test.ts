import assert from 'node:assert/strict'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { newPerson, type Person, type RunOptions } from '../support/cli.js'
import { assertEnded, documentOf, profileStore } from '../support/cli-world.js'
import { canStartOverlays } from '../support/overlay.js'
import { requires } from '../support/requires.js'

describe('zprom sandbox, of several runs and several folders', function () {
  this.timeout(150_000)
  let person: Person
  const { ZPROM_ZITI } = process.env
  const env = ZPROM_ZITI ? { ZPROM_ZITI } : {}
  const run = (command: string, folder: string, options: RunOptions & { flags?: string[] } = {}) =>
    person.run(['sandbox', command, '--folder', folder, ...(options.flags ?? [])], { env, ...options })
  const status = async (folder: string) => documentOf(await run('status', folder, { flags: ['--json'] }))
  const profiles = async () => JSON.parse(await person.read(profileStore)).profiles
  const isAlive = (pid: number) => {
    try {
      return process.kill(pid, 0)
    } catch {
      return false
    }
  }
  const gone = async (pid: number) => {
    for (const end = Date.now() + 10_000; isAlive(pid) && Date.now() < end; ) await new Promise(setImmediate)
    return !isAlive(pid)
  }
  // As soon as the process is written down; it takes far longer than that to listen.
  const pidOf = async (folder: string): Promise<number> => {
    for (;;) {
      const text = await readFile(join(person.folder, folder, 'sandbox.json'), 'utf8').catch(() => '{}')
      const { process: mark } = JSON.parse(text)
      if (mark !== undefined) return mark.pid
      await new Promise(setImmediate)
    }
  }

  beforeEach(async function () {
    requires(this, canStartOverlays(), 'starts controllers of its own')
    person = await newPerson()
  })
  afterEach(async () => {
    if (person === undefined) return
    await run('down', '../one')
    await run('down', '../two')
    await person.leave()
  })

  it('starts one overlay when two begin at once: the other waits, and takes up what runs', async () => {
    const [first, second] = await Promise.all([run('up', '../one'), run('up', '../one')])
    assertEnded(first, 0)
    assertEnded(second, 0)
    assert.equal(first.stdout, second.stdout)
    assert.match(first.stderr + second.stderr, /waiting for another zprom run on this sandbox \(process \d+ on /)
    const { running, pid } = await status('../one')
    assert.ok(running && isAlive(pid))
    assert.equal((await run('down', '../one')).stdout, 'Stopped.\n')
    assert.ok(await gone(pid), 'its process still runs')
  })

  it('says that it is starting after a start that was broken off, and the next up waits until it is ready', async () => {
    let pid = 0
    const killed = await run('up', '../one', {
      onStderr: (_, kill) => {
        if (pid !== 0) return
        pid = -1
        pidOf('../one').then(found => {
          pid = found
          process.kill(pid, 'SIGSTOP')
          kill('SIGKILL')
        })
      },
    })
    assert.equal(killed.signal, 'SIGKILL')
    const said = await run('status', '../one')
    assertEnded(said, 0)
    assert.match(
      said.stdout,
      /^The sandbox is starting at https:\/\/localhost:\d+ \(process \d+\); "zprom sandbox up" waits/,
    )
    const { running, starting } = await status('../one')
    assert.deepEqual({ running, starting }, { running: false, starting: true })
    const next = await run('up', '../one', {
      onStderr: soFar => soFar.includes('waiting for the sandbox that is starting') && process.kill(pid, 'SIGCONT'),
    })
    assertEnded(next, 0)
    assert.match(next.stdout, new RegExp(`process ${pid}\\), 1 edge router online`))
  })

  it('gives a second sandbox a profile of its own, and leaves that of the first alone', async () => {
    assertEnded(await run('up', '../one'), 0)
    const { sandbox } = await profiles()
    const second = await run('up', '../two')
    assertEnded(second, 0, /profile "sandbox" is another controller's, so this sandbox is profile "sandbox-two"/)
    assert.match(second.stdout, /use it with --profile sandbox-two\.\n$/)
    assert.deepEqual([(await status('../one')).profile, (await status('../two')).profile], ['sandbox', 'sandbox-two'])
    await person.write('zprom.yaml', 'stack: nothing\n')
    for (const name of ['sandbox', 'sandbox-two']) await person.ok(['plan', '--profile', name])
    assertEnded(await run('down', '../two', { flags: ['--purge'] }), 0)
    const left = await profiles()
    assert.deepEqual([Object.keys(left), left.sandbox.url], [['sandbox'], sandbox.url])
    assert.ok((await status('../one')).running)
  })

  it("neither changes nor removes a profile called sandbox that is another controller's", async () => {
    const theirs = { url: 'https://ctrl.example:1280', username: 'ann' }
    await mkdir(join(person.folder, profileStore, '..'), { recursive: true })
    await person.write(profileStore, JSON.stringify({ current: 'sandbox', profiles: { sandbox: theirs } }))
    assertEnded(await run('up', '../one'), 0)
    assertEnded(await run('status', '../one'), 0)
    assert.deepEqual((await profiles()).sandbox, theirs)
    assertEnded(await run('down', '../one', { flags: ['--purge'] }), 0)
    assert.deepEqual(await profiles(), { sandbox: theirs })
  })

  it('is where a spec goes that was begun with its profile, whatever login is in use', async () => {
    const theirs = { url: 'https://ctrl.example:1280', username: 'ann' }
    await mkdir(join(person.folder, profileStore, '..'), { recursive: true })
    await person.write(profileStore, JSON.stringify({ current: 'work', profiles: { work: theirs } }))
    assertEnded(await run('up', '../one'), 0)
    const { current } = JSON.parse(await person.read(profileStore))
    assert.equal(current, 'work')
    await person.ok(['init', 'cluster', 'kubeA', '--prometheus', 'dark', '--profile', 'sandbox', '--yes'])
    assert.match(await person.read('zprom.yaml'), /overlay:\n {2}profile: sandbox\n/)
    assert.match(await person.ok(['apply', '--yes']), /Done: 0 created, /)
    const login = { ZPROM_CONTROLLER: theirs.url, ZPROM_USERNAME: 'ann', ZPROM_PASSWORD: 'of-another' }
    for (const others of [login, { ZPROM_PROFILE: 'work' }])
      assertEnded(await person.run(['apply', '--yes'], { env: others }), 2, /the spec is for profile "sandbox"/)
  })

  it('ends with 8 when what it remembers is damaged, and names the file', async () => {
    await mkdir(join(person.folder, '../one'))
    for (const text of [
      '{"process":5}',
      'null',
      '[]',
      'no JSON',
      '{"url":"https://localhost:1","process":{"pid":-1}}',
    ]) {
      await person.write('../one/sandbox.json', text)
      for (const command of ['up', 'status', 'down'])
        assertEnded(
          await run(command, '../one'),
          8,
          /one\/sandbox\.json: not the state of a sandbox/,
          /choose another folder; or, /,
        )
    }
  })
})
