import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Person } from '../support/cli.js'
import { useWorld } from '../support/cli-world.js'

const checkout = fileURLToPath(new URL('../..', import.meta.url))

// A copy of the checkout is packed, so that the build of the one that is worked in stays as it is.
describe('the package', function () {
  this.timeout(300_000)
  const world = useWorld()
  let folder: string
  let files: string[]
  let prefix: string
  let path: string
  const installed = (...parts: string[]) => join(prefix, 'node_modules', 'zprom', ...parts)
  const program = () => join(prefix, 'node_modules', '.bin', 'zprom')
  const zprom = (person: Person, ...args: string[]) =>
    spawnSync(program(), args, { cwd: person.folder, env: { ...person.env, PATH: path }, encoding: 'utf8' })

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'zprom-package-'))
    const copy = join(folder, 'copy')
    const left = new Set(['node_modules', 'dist', '.git', 'oclif.manifest.json'])
    await cp(checkout, copy, { recursive: true, filter: from => !left.has(basename(from)) && !from.endsWith('.tgz') })
    await symlink(join(checkout, 'node_modules'), join(copy, 'node_modules'))
    // What must not get in: whatever a person's work leaves in a checkout.
    await writeFile(join(copy, 'docs', 'left.jwt'), 'x')
    await writeFile(join(copy, 'left.id.json'), 'x')
    execFileSync('npm', ['pack', '--pack-destination', folder], { cwd: copy, stdio: 'pipe' })
    const [tarball, ...more] = (await readdir(folder)).filter(name => name.endsWith('.tgz'))
    assert.deepEqual([tarball, more], [`zprom-${await readVersion()}.tgz`, []])
    files = execFileSync('tar', ['-tzf', join(folder, tarball ?? '')], { encoding: 'utf8' })
      .trim()
      .split('\n')
    prefix = join(folder, 'prefix')
    path = join(folder, 'bin')
    await mkdir(prefix)
    await mkdir(path)
    // Nothing but node: no Go, no compiler, no git.
    await symlink(process.execPath, join(path, 'node'))
    const npm = join(execFileSync('npm', ['root', '--global'], { encoding: 'utf8' }).trim(), 'npm', 'bin', 'npm-cli.js')
    const flags = ['--prefix', prefix, '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund']
    execFileSync(process.execPath, [npm, 'install', ...flags, join(folder, tarball ?? '')], {
      cwd: prefix,
      env: { ...process.env, PATH: path },
      stdio: 'pipe',
    })
  })
  after(() => rm(folder, { recursive: true, force: true }))

  it('holds the program, its docs, schema and the sources of the overlay', () => {
    for (const file of [
      'bin/zprom.cjs',
      'dist/commands/init/cluster.js',
      'oclif.manifest.json',
      'schemas/zprom.schema.json',
      'schemas/plan.schema.json',
      'schemas/error.schema.json',
      'templates/Dockerfile.bridge',
      'templates/zprom-bridge.service',
      'docs/spec.md',
      'docs/examples/set-up.sh',
      'docs/examples/github-actions.yml',
      'overlay/main.go',
      'overlay/go.sum',
      'overlay/fixes.json',
      'LICENSE',
      'README.md',
      'CHANGELOG.md',
    ])
      assert.ok(files.includes(`package/${file}`), file)
  })

  it('holds no program but the one that it can start', () => {
    assert.deepEqual(
      files.filter(file => file.startsWith('package/bin/')),
      ['package/bin/zprom.cjs'],
    )
  })

  it('holds no tests, no sources twice, and nothing secret', async () => {
    assert.deepEqual(
      files.filter(file => /test|\.jwt$|\.id\.json$|\.key$|\.env|\.npmrc|\.ts$|\/scripts\//.test(file)),
      [],
    )
    for (const file of files.filter(name => !name.endsWith('/'))) {
      const text = await readFile(installed(file.slice('package/'.length)), 'utf8')
      assert.ok(!/-----BEGIN [A-Z ]*PRIVATE KEY-----\n[A-Za-z0-9+/=]/.test(text), `${file} holds a key`)
    }
  })

  it('brings its libraries with it, and their licences: nothing else is installed, no script is run', async () => {
    const lock = JSON.parse(await readFile(join(prefix, 'node_modules', '.package-lock.json'), 'utf8'))
    assert.deepEqual(Object.keys(lock.packages), ['node_modules/zprom'])
    assert.equal(lock.packages['node_modules/zprom'].hasInstallScript, undefined)
    const notices = await readFile(installed('dist', 'THIRD-PARTY-NOTICES.txt'), 'utf8')
    for (const library of ['@oclif/core', 'axios', 'inquirer', 'yaml', 'zod'])
      assert.match(notices, new RegExp(`^== ${library} [0-9.]+ \\((MIT|ISC)\\)$`, 'm'))
    assert.match(notices, /^== asn1js [0-9.]+ \(BSD-3-Clause\)$/m)
    assert.match(notices, /^MIT License$/m)
  })

  it('says its version and its help from there', async () => {
    const person = await world.newcomer()
    assert.match(zprom(person, '--version').stdout, new RegExp(`^zprom/${await readVersion()} `))
    const help = zprom(person, '--help')
    assert.equal(help.status, 0, help.stderr)
    for (const word of ['apply', 'dev-identity', 'init', 'sandbox', 'verify'])
      assert.ok(help.stdout.includes(word), word)
    assert.match(zprom(person, 'init', 'cluster', '--help').stdout, /--prometheus=<option>/)
  })

  it('plans and applies on a real overlay from there', async () => {
    const person = await world.worker()
    const dry = zprom(person, 'init', 'cluster', 'packed', '--prometheus', 'dark', '--dry-run')
    assert.match(dry.stdout, /Plan: 14 to create/, dry.stderr)
    assert.equal(zprom(person, 'init', 'cluster', 'packed', '--prometheus', 'dark', '--yes').status, 0)
    assert.equal(zprom(person, 'plan', '--exit-code').status, 0)
  })

  it('reads the list of its commands from the manifest, without loading them', async () => {
    const person = await world.newcomer()
    const manifest = installed('oclif.manifest.json')
    const text = await readFile(manifest, 'utf8')
    await writeFile(manifest, text.replaceAll('Show what apply would do', 'From the manifest'))
    assert.match(zprom(person, '--help').stdout, /From the manifest/)
    await writeFile(manifest, text)
  })

  it('says what is missing when a sandbox is asked for where there is neither ziti nor Go', async () => {
    const person = await world.newcomer()
    const ran = spawnSync(program(), ['sandbox', 'up', '--folder', 'sandbox'], {
      cwd: person.folder,
      env: { ...person.env, PATH: path, XDG_CACHE_HOME: join(folder, 'cache') },
      encoding: 'utf8',
    })
    assert.equal(ran.status, 8, ran.stderr)
    assert.match(ran.stderr, /neither a ziti program nor Go is installed/)
    assert.match(ran.stderr, /install ziti and put it on the PATH/)
  })
})

async function readVersion(): Promise<string> {
  return JSON.parse(await readFile(join(checkout, 'package.json'), 'utf8')).version
}
