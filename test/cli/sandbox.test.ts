import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { buildOverlay } from '../../src/cli/sandbox/program.js'
import { newPerson, type Person } from '../support/cli.js'
import { assertEnded, documentOf, profileStore } from '../support/cli-world.js'
import { canStartOverlays } from '../support/overlay.js'
import { requires } from '../support/requires.js'

describe('zprom sandbox', function () {
  this.timeout(150_000)
  let person: Person
  const sandbox = '../sandbox'
  const { ZPROM_ZITI } = process.env
  const env = { ZPROM_SANDBOX: sandbox, ...(ZPROM_ZITI && { ZPROM_ZITI }) }
  const ok = (...args: string[]) => person.ok(['sandbox', ...args], { env })
  const run = (...args: string[]) => person.run(['sandbox', ...args], { env })
  const status = async () => documentOf(await run('status', '--json'))
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

  beforeEach(async function () {
    requires(this, canStartOverlays(), 'starts controllers of its own')
    person = await newPerson()
  })
  afterEach(async () => {
    if (person !== undefined) await run('down')
    await person?.leave()
  })

  it('starts a real overlay, logs in to it, and is all that a first cluster needs', async () => {
    const said = await ok('up')
    assert.match(
      said,
      /^The sandbox runs at https:\/\/localhost:\d+ \(OpenZiti \S+, process \d+\), 1 edge router online; use it with --profile sandbox\.\n$/,
    )
    await person.ok(['init', 'cluster', 'kubeA', '--prometheus', 'tunneled', '--yes'])
    assert.match(await person.read('zprom.yaml'), /overlay:\n {2}profile: sandbox\n/)
    await person.ok(['verify'])
  })

  it('keeps its password where only its owner can read it', async () => {
    await ok('up')
    const { mode } = await stat(join(person.folder, sandbox, 'password'))
    assert.equal((mode & 0o777).toString(8), '600')
    const password = await person.read(`${sandbox}/password`)
    assert.ok(!(await person.read(profileStore)).includes(password), 'the password is in the profiles')
    assert.ok(!(await person.read(`${sandbox}/sandbox.json`)).includes(password), 'the password is in the state')
  })

  it('is left as it is when it is started twice', async () => {
    await ok('up')
    const first = await status()
    await ok('up')
    assert.deepEqual(await status(), first)
    assert.deepEqual([first.running, first.routersOnline], [true, 1])
  })

  it('leaves nothing running after down, and remembers what was built in it', async () => {
    await ok('up')
    const { pid, url } = await status()
    await person.ok(['init', 'cluster', 'kept', '--prometheus', 'dark', '--yes'])
    assert.equal(await ok('down'), 'Stopped.\n')
    assert.ok(await gone(pid), 'its process still runs')
    assertEnded(await run('status'), 0)
    assert.deepEqual([(await status()).running, await ok('down')], [false, 'It was not running.\n'])
    assertEnded(await person.run(['plan']), 5, /nothing listens there/, /start the sandbox with: zprom sandbox up/)
    await ok('up')
    assert.equal((await status()).url, url)
    assertEnded(await person.run(['plan', '--exit-code']), 0)
    await person.ok(['verify'])
  })

  it('notices that its process was killed, and starts again', async () => {
    await ok('up')
    const { pid } = await status()
    process.kill(pid, 'SIGKILL')
    assert.ok(await gone(pid))
    assert.equal(await ok('status'), 'The sandbox is not running.\n')
    await ok('up')
    assert.notEqual((await status()).pid, pid)
  })

  it('logs in again when its profile was logged out of or removed', async () => {
    await ok('up')
    for (const flags of [[], ['--forget']]) {
      await person.ok(['logout', '--profile', 'sandbox', ...flags])
      assertEnded(await run('status'), 0)
      await ok('up')
      await person.ok(['init', 'cluster', 'again', '--prometheus', 'dark', '--yes'])
    }
  })

  it('ends with 8 when somebody else has its port, and names the port', async () => {
    await ok('up')
    const { url } = await status()
    await ok('down')
    const port = Number(new URL(url).port)
    const other = createServer()
    await new Promise<void>(resolve => other.listen(port, '127.0.0.1', resolve))
    try {
      assertEnded(
        await run('up'),
        8,
        new RegExp(`port ${port}, .* is taken by another program`),
        /sandbox down --purge/,
      )
    } finally {
      await new Promise(resolve => other.close(resolve))
    }
  })

  it('ends at once, and what it started with it, when the profile cannot be kept', async () => {
    await ok('up')
    const { pid } = await status()
    await ok('down')
    await person.write(profileStore, 'no JSON')
    assertEnded(await run('up'), 8, /profiles\.json: not a profile store of zprom/)
    const { process: mark } = JSON.parse(await person.read(`${sandbox}/sandbox.json`))
    assert.notEqual(mark.pid, pid)
    assert.ok(await gone(mark.pid), 'its process still runs')
    assert.equal((await status()).running, false)
  })

  it('logs in with its own login, whatever the environment says of another', async () => {
    const others = { ZPROM_OIDC: '1', ZPROM_USERNAME: 'ann', ZPROM_PASSWORD: 'of-another', ZPROM_EXT_JWT: 'of-another' }
    await person.ok(['sandbox', 'up'], { env: { ...env, ...others } })
    await person.ok(['whoami'])
  })

  it('goes with its folder and its profile after down --purge, and with nothing else', async () => {
    await ok('up')
    const { pid } = await status()
    assert.equal(await ok('down', '--purge'), 'Stopped; its folder is removed.\n')
    assert.ok(await gone(pid))
    await assert.rejects(stat(join(person.folder, sandbox)), { code: 'ENOENT' })
    assert.deepEqual(JSON.parse(await person.read(profileStore)), { profiles: {} })
  })

  it('removes nothing of a person by down --purge, and says what it left', async () => {
    await person.write('precious', '')
    await ok('down', '--purge', '--folder', '.')
    assert.deepEqual(await readdir(person.folder), ['precious'])
    await ok('up')
    await person.write(`${sandbox}/precious`, '')
    await mkdir(join(person.folder, sandbox, 'demo'))
    for (const name of ['zprom.yaml', 'notes']) await person.write(`${sandbox}/demo/${name}`, '')
    assert.equal(
      await ok('down', '--purge'),
      'Stopped; what it kept is removed. In ../sandbox is left what is not its own: demo, precious\n',
    )
    assert.deepEqual(await readdir(join(person.folder, sandbox)), ['demo', 'precious'])
    assert.deepEqual(await readdir(join(person.folder, sandbox, 'demo')), ['notes'])
    assert.deepEqual(JSON.parse(await person.read(profileStore)), { profiles: {} })
    // What is left there is somebody else's from now on.
    assertEnded(await run('up'), 2, /sandbox: not empty, and no sandbox is kept there/)
  })

  it("begins in no folder that is somebody else's", async () => {
    await person.write('precious', '')
    for (const command of ['up', 'demo'])
      assertEnded(
        await run(command, '--folder', '.'),
        2,
        /work-\w+: not empty, and no sandbox is kept there/,
        /choose a new folder or an empty one \(--folder or ZPROM_SANDBOX\)/,
      )
    assert.deepEqual(await readdir(person.folder), ['precious'])
  })

  it('never shows the password, even when the program prints what it was started with', async () => {
    const broken = join(person.folder, 'ziti')
    await writeFile(broken, '#!/bin/sh\n[ "$1" = version ] || { echo "bad arguments: $@"; exit 3; }\n', { mode: 0o755 })
    const ran = await person.run(['sandbox', 'up'], { env: { ...env, ZPROM_ZITI: broken } })
    assertEnded(ran, 8, /ziti quickstart ended \(3\)/, /bad arguments: edge quickstart .* -p \*\*\*/)
  })

  it('builds a program that says the version of this package, and those of its libraries', async function () {
    requires(this, !ZPROM_ZITI, 'ZPROM_ZITI names another program')
    const said = execFileSync(await buildOverlay(() => undefined), ['version'], { encoding: 'utf8' })
    const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'))
    const [own, ...libraries] = said.trimEnd().split('\n')
    assert.equal(own, `overlay ${version}`)
    for (const name of ['edge', 'fabric', 'sdk-golang'])
      assert.ok(
        libraries.some(line => new RegExp(`^github.com/openziti/${name} v\\d`).test(line)),
        said,
      )
    for (const name of ['edge', 'fabric'])
      assert.match(said, new RegExp(`^github.com/openziti/${name} v[\\d.]+ with the fixes of fixes.json$`, 'm'))
  })

  it('ends with 8 when ZPROM_ZITI names no program, or one that is no ziti', async () => {
    const wrong = (path: string) => person.run(['sandbox', 'up'], { env: { ...env, ZPROM_ZITI: path } })
    assertEnded(await wrong('/nowhere/ziti'), 8, /ZPROM_ZITI: \/nowhere\/ziti can't be run/, /unset it/)
    const ran = await wrong('true')
    assertEnded(ran, 8, /true quickstart ended \(0\)/, /quickstart\.log/)
    assert.equal((await status()).running, false)
  })
})
