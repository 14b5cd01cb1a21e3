import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { chmod, copyFile, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { bin, type Person } from '../support/cli.js'
import { startZprom, stopAll } from '../support/cli-running.js'
import { assertEnded, useWorld } from '../support/cli-world.js'
import { requires } from '../support/requires.js'
import { until } from '../support/world-checks.js'

describe('zprom bridge', function () {
  this.timeout(60_000)
  const world = useWorld()
  const arrive = async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', 'clusters:\n  - {name: k, prometheus: dark}\n  - {name: l, prometheus: dark}\n')
    const again = ['k.prometheus.id', 'k.reflect.id', 'l.prometheus.id', 'l.reflect.id'].flatMap(name => [
      '--re-enroll',
      name,
    ])
    await person.ok(['apply', '--yes', ...(isThere ? again : [])])
    isThere = true
    return person
  }
  let isThere = false
  afterEach(stopAll)

  // Runs one until what is done with it is done; then a SIGTERM, as systemd sends it.
  const withBridge = async (person: Person, args: readonly string[], use: (url: string) => Promise<void>) => {
    let using: Promise<void> | undefined
    const ran = await person.run(['bridge', '--listen', '127.0.0.1:0', ...args], {
      onStderr: (soFar, kill) => {
        const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(soFar) ?? []
        if (url === undefined || using !== undefined) return
        using = use(url).finally(() => kill('SIGTERM'))
        // Read when the program has ended, which is later.
        using.catch(() => undefined)
      },
    })
    await (using ?? assert.fail(ran.stderr))
    assert.equal(ran.code, 0, ran.stderr)
    return ran
  }
  const listed = async (url: string, name: string) => {
    const groups = (await (await fetch(`${url}/sd/${name}`)).json()) as { labels: Record<string, string> }[]
    return groups.map(({ labels }) => labels.job)
  }

  it('lists targets until it is stopped, also one that is added meanwhile, and logs each request', async () => {
    const person = await arrive()
    const { stdout, stderr } = await withBridge(person, ['--as', 'k.prometheus.id', '--log', 'json'], async url => {
      assert.deepEqual(await listed(url, 'k'), ['k.reflectz'])
      await promisify(execFile)(process.execPath, [bin, 'add-target', 'l.reflect', '--to', 'k', '--yes'], {
        cwd: person.folder,
        env: person.env,
      })
      await until('it is listed', async () => (await listed(url, 'k')).includes('l.reflectz'))
      assert.match(await (await fetch(`${url}/metrics`)).text(), /^zprom_bridge_session_up 1$/m)
    })
    assert.equal(stdout, '')
    const [first] = stderr.split('\n').filter(line => line.startsWith('{'))
    const { time, seconds, bytes, ...rest } = JSON.parse(first ?? '')
    assert.deepEqual(rest, { method: 'GET', target: '/sd/k', status: 200 })
    assert.deepEqual([typeof time, typeof seconds, typeof bytes], ['string', 'number', 'number'])
  })

  it('needs no spec when it is given an identity file', async () => {
    const person = await arrive()
    const file = 'zprom-out/k/k.prometheus.id.json'
    const args = ['--spec', 'none.yaml', '--as', 'k.prometheus.id', '--identity-file', file, '--log', 'none']
    const { stderr } = await withBridge(person, args, async url => {
      const jobs = await listed(url, 'targets')
      assert.deepEqual(
        [jobs.includes('k.reflect'), jobs.includes('l.prometheus'), jobs.includes('k.prometheus')],
        [true, true, false],
      )
    })
    assert.doesNotMatch(stderr, /sd\/targets \d/)
  })

  it('asks the controller who it is when it is given an identity file alone, whatever that is called', async () => {
    const person = await arrive()
    await copyFile(join(person.folder, 'zprom-out/k/k.prometheus.id.json'), join(person.folder, 'identity.json'))
    const args = ['--spec', 'none.yaml', '--identity-file', 'identity.json']
    const { stderr } = await withBridge(person, args, async url => {
      assert.ok(!(await listed(url, 'targets')).includes('k.prometheus'))
    })
    assert.match(stderr, /^zprom bridge: k\.prometheus\.id on /m)
  })

  it('listens where others reach it with a token only, from a file that nobody else can read', async () => {
    const person = await arrive()
    const refused = async (args: readonly string[], said: RegExp) => {
      const ran = await person.run(['bridge', '--as', 'k.prometheus.id', ...args])
      assert.equal(ran.code, 2, ran.stderr)
      assert.match(ran.stderr, said)
    }
    const open = ['--listen', '0.0.0.0:0']
    await refused(open, /whoever reaches it reads everything/)
    await person.write('token', 'abc\n')
    await refused([...open, '--token-file', 'token'], /can be read by others/)
    await chmod(join(person.folder, 'token'), 0o600)
    await refused([...open, '--token-file', 'token'], /16 to 256/)
    await refused(['--token-file', 'no-such'], /does not exist/)
  })

  it('ends well when it is told to before it has begun', async () => {
    const person = await arrive()
    // A pipe: whoever reads the token waits until it is written.
    const pipe = join(person.folder, 'pipe')
    await promisify(execFile)('mkfifo', ['-m', '600', pipe])
    const args = ['--as', 'k.prometheus.id', '--listen', '127.0.0.1:0', '--token-file', 'pipe']
    const running = startZprom(person, ['bridge', ...args])
    const token = await open(pipe, 'w')
    running.child.kill('SIGTERM')
    await until('it says that it was interrupted', () => running.stderr().includes('interrupted'))
    await token.writeFile('a-token-of-some-length\n')
    await token.close()
    await until('it ends', () => running.child.exitCode !== null)
    const { code, stderr } = await running.ended
    assert.equal(code, 0, stderr)
  })

  it('ends soon when the controller answers nothing any more', async () => {
    const person = await arrive()
    const running = startZprom(person, ['bridge', '--as', 'k.prometheus.id', '--listen', '127.0.0.1:0'])
    const url = () => /http:\/\/127\.0\.0\.1:\d+/.exec(running.stderr())?.[0]
    await until('it listens', () => url() !== undefined)
    await until('it is ready', async () => (await fetch(`${url()}/-/ready`)).ok)
    const thaw = world.overlay.freeze()
    try {
      const began = performance.now()
      const { code, stderr } = await running.stop('SIGTERM')
      assert.equal(code, 0, stderr)
      assert.ok(performance.now() - began < 5000, `${performance.now() - began} ms`)
    } finally {
      thaw()
    }
  })

  it('says what is in the way where it is to listen: 8, and no session is left', async () => {
    const person = await arrive()
    await withBridge(person, ['--as', 'k.prometheus.id'], async url => {
      const taken = url.replace('http://', '')
      const second = await person.run(['bridge', '--as', 'l.prometheus.id', '--listen', taken])
      assertEnded(second, 8, new RegExp(`${taken} can't be listened on: something else .*EADDRINUSE`), /--listen/)
    })
    await person.write('token', 'long-enough-to-be-a-token')
    await chmod(join(person.folder, 'token'), 0o600)
    const away = ['--listen', '192.0.2.1:17777', '--token-file', 'token']
    assertEnded(
      await person.run(['bridge', '--as', 'k.prometheus.id', ...away]),
      8,
      /192\.0\.2\.1:17777 can't be listened on: no network of this machine has that address \(EADDRNOTAVAIL\)/,
    )
  })

  it('says which identities there are, and what is wrong with the spec', async () => {
    const person = await arrive()
    const stranger = await person.run(['bridge', '--as', 'stranger'])
    assert.deepEqual([stranger.code, /k\.prometheus\.id/.test(stranger.stderr)], [2, true])
    await person.write('zprom.yaml', 'clusters: 5\n')
    assert.equal((await person.run(['bridge', '--as', 'k.prometheus.id'])).code, 3)
  })
})

describe('the templates for a bridge', () => {
  const template = (name: string) => fileURLToPath(new URL(`../../templates/${name}`, import.meta.url))

  it('are a unit that systemd takes', function () {
    requires(this, spawnSync('systemd-analyze', ['--version']).status === 0, 'systemd-analyze is not installed')
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', template('zprom-bridge.service')], {
      encoding: 'utf8',
    })
    assert.deepEqual([status, stdout + stderr], [0, ''])
  })

  it('name only flags that there are', async () => {
    const { stdout } = spawnSync(process.execPath, [bin, 'bridge', '--help'], { encoding: 'utf8' })
    for (const name of ['zprom-bridge.service', 'Dockerfile.bridge']) {
      const lines = (await readFile(template(name), 'utf8'))
        .split('\n')
        .filter(line => /^(ExecStart|ENTRYPOINT|CMD)/.test(line))
      for (const [flag] of lines.join('\n').matchAll(/--[a-z][a-z-]+/g))
        assert.ok(stdout.includes(flag), `${name}: ${flag}`)
    }
  })
})
