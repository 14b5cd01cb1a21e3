import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Person } from '../support/cli.js'
import { assertEnded, documentOf, profileStore, useWorld } from '../support/cli-world.js'
import { requires } from '../support/requires.js'

describe('a disk that takes nothing', () => {
  const mounted: string[] = []
  // Before the people leave: a folder that is mounted can't be removed.
  afterEach(() => {
    for (const folder of mounted.splice(0)) execFileSync('umount', [folder])
  })
  const world = useWorld()
  const specOf = (name: string) => `stack: ${name}\nclusters:\n  - {name: ${name}, prometheus: dark}\n`
  const idsOf = async (name: string) => {
    const rows = await world.overlay.admin().listByName('/identities', [`${name}.reflect.id`, `${name}.prometheus.id`])
    return (rows as { id: string }[]).map(({ id }) => id).sort()
  }
  // Of a file system as small as that, in pages of 4 KiB; false where this user may not mount.
  const mount = async (person: Person, path: string, pages: number) => {
    const folder = join(person.folder, path)
    await mkdir(folder)
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${pages * 4}k`, 'tmpfs', folder], { stdio: 'ignore' })
      mounted.push(folder)
      return true
    } catch {
      return false
    }
  }
  const enlarge = (person: Person, path: string) =>
    execFileSync('mount', ['-o', 'remount,size=1m', join(person.folder, path)])

  it('has a file where the output folder should be: 8, nothing changed, and the next run goes on', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', specOf('file'))
    await person.write('zprom-out', 'mine')
    const ran = await person.run(['apply', '--yes'])
    assertEnded(ran, 8, /zprom-out\/\.gitignore: .*a part of the path is a file, not a folder/, /output: in the spec/)
    assert.deepEqual([await idsOf('file'), await person.read('zprom-out')], [[], 'mine'])
    await rm(join(person.folder, 'zprom-out'))
    await person.ok(['apply', '--yes'])
    // What is enrolled is looked for there, also where it was kept aside: that comes to an end, too.
    await rename(join(person.folder, 'zprom-out'), join(person.folder, 'away'))
    await person.write('zprom-out', 'mine')
    assertEnded(await person.run(['plan']), 0)
  })

  it('has a file above the spec: 3, and it is named', async () => {
    const person = await world.worker()
    await person.write('taken', '')
    const command = ['init', 'cluster', 'k', '--prometheus', 'dark', '--yes', '--spec', 'taken/zprom.yaml']
    assertEnded(await person.run(command), 3, /taken\/zprom\.yaml:1:1 can't read it: a part of the path is a file/)
  })

  it('is full where logins are kept: a renewed session is used, and only not kept for later runs', async function () {
    const person = await world.newcomer()
    await mkdir(join(person.folder, '../config'), { recursive: true })
    requires(this, await mount(person, '../config/zprom', 8), 'needs to mount a tmpfs')
    const { url, caFile, passwordFile } = world.overlay
    await person.ok(['login', url, '--username', 'admin', '--ca', caFile, '--password-file', passwordFile])
    const store = JSON.parse(await person.read(profileStore))
    const { session } = store.profiles.default
    session.expiresAt = 1
    await person.write(profileStore, JSON.stringify(store))
    await person.write('../config/zprom/ballast', 'x'.repeat(64 * 1024)).catch(() => undefined)
    await person.write('zprom.yaml', specOf('kept'))
    const ran = await person.run(['apply', '--yes'])
    assertEnded(ran, 0, /the new session can't be kept for later runs: .*ENOSPC/)
    assert.equal(ran.stderr.split("can't be kept").length, 2)
    assert.equal(JSON.parse(await person.read(profileStore)).profiles.default.session.token, session.token)
  })

  // Found out before the first create: what can't be kept is not made.
  it('is full in the output folder: 8, nothing changed at the controller, and the next run does it all', async function () {
    const person = await world.worker()
    requires(this, await mount(person, 'zprom-out', 1), 'needs to mount a tmpfs')
    await person.write('zprom-out/ballast', 'x'.repeat(4096))
    await person.write('zprom.yaml', specOf('full'))
    assertEnded(
      await person.run(['apply', '--yes']),
      8,
      /the disk is full \(ENOSPC\)/,
      /make room and run the same command/,
    )
    assert.deepEqual([await idsOf('full'), await readdir(join(person.folder, 'zprom-out'))], [[], ['ballast']])
    enlarge(person, 'zprom-out')
    assert.match(await person.ok(['apply', '--yes']), /Done: 14 created, 0 changed, 2 enrolled/)
    await person.ok(['verify', '--as', 'full.reflect.id'])
  })

  it('gets full after the tokens are spent: 6, no half file, and the keys that wait there still lead to the same identities', async function () {
    const person = await world.worker()
    // Room for the .gitignore and two keys, not for the identity files to come.
    requires(this, await mount(person, 'zprom-out', 3), 'needs to mount a tmpfs')
    await person.write('zprom.yaml', specOf('later'))
    const ran = await person.run(['apply', '--yes'])
    assertEnded(ran, 6, /2 of 16 steps failed$/m)
    assert.match(ran.stdout, /failed enroll enrollment\/later\.reflect\.id: .*the disk is full/)
    const ids = await idsOf('later')
    assert.deepEqual((await readdir(join(person.folder, 'zprom-out/later'))).sort(), [
      'later.prometheus.id.key',
      'later.reflect.id.key',
    ])
    enlarge(person, 'zprom-out')
    assert.match(await person.ok(['apply', '--yes']), /Done: 0 created, 0 changed, 2 enrolled/)
    assert.deepEqual(await idsOf('later'), ids)
    await person.ok(['verify', '--as', 'later.reflect.id'])
  })

  it('takes no artefacts after the controller was changed: 6, with the report, also under --json', async () => {
    const person = await world.worker()
    for (const [name, ...json] of [['left'], ['leftjson', '--json']] as const) {
      await person.write('zprom.yaml', specOf(name))
      await mkdir(join(person.folder, 'zprom-out', name, 'install.sh'), { recursive: true })
      const ran = await person.run(['apply', '--yes', ...json])
      assert.equal(ran.code, 6, ran.stderr)
      if (json.length === 0) {
        assert.match(
          ran.stdout,
          new RegExp(`failed write artefact/${name}/install\\.sh: .*there is a folder of that name`),
        )
        assert.match(ran.stdout, /\nIncomplete: 14 created, .* 2 enrolled, .* 1 failed; /)
      } else {
        const { error, report } = documentOf(ran)
        assert.deepEqual([error.code, report.outcomes.length], ['APPLY', 17])
      }
      await rm(join(person.folder, 'zprom-out', name, 'install.sh'), { recursive: true })
      await person.ok(['apply', '--yes'])
    }
  })

  it('has a file where a flag names a folder: 8, and it is that flag that is to name another place', async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', 'stack: flags\n')
    await person.write('afile', '')
    for (const [command, flag] of [
      ['plan', '--out'],
      ['verify', '--junit'],
      ['verify', '--markdown'],
    ] as const)
      assertEnded(
        await person.run([command, flag, 'afile/x']),
        8,
        /a part of the path is a file, not a folder \(ENOTDIR\)/,
        new RegExp(`choose another place \\(${flag}\\)`),
      )
    assertEnded(await person.run(['apply', 'afile/x']), 8, /choose another place \(zprom apply FILE\)/)
    const env = { ZPROM_PASSWORD_FILE: '.' }
    assertEnded(await person.run(['plan'], { env }), 8, /\(--password-file, or ZPROM_PASSWORD_FILE\)/)
  })

  it('is full beside the spec: 8, and no lock is left that would hold up the next run', async function () {
    const person = await world.worker()
    requires(this, await mount(person, 'small', 1), 'needs to mount a tmpfs')
    await person.write('small/zprom.yaml', specOf('beside').padEnd(4096, '\n'))
    const command = ['apply', '--yes', '--spec', 'small/zprom.yaml']
    assertEnded(await person.run(command), 8, /can't write the lock file \(ENOSPC\)/, /make room/)
    assert.deepEqual(await readdir(join(person.folder, 'small')), ['zprom.yaml'])
    enlarge(person, 'small')
    await person.ok(command)
  })

  it('is read-only where the spec is: it is applied and destroyed in turns, and what would edit it is refused: 8', async function () {
    const person = await world.worker()
    requires(this, await mount(person, 'fixed', 4), 'needs to mount a tmpfs')
    await person.write('fixed/zprom.yaml', `${specOf('fixed')}output: ../zprom-out\n`)
    execFileSync('mount', ['-o', 'remount,ro', join(person.folder, 'fixed')])
    const env = { TMPDIR: join(person.folder, '..') }
    const place = ['--spec', 'fixed/zprom.yaml']
    const both = await Promise.all([1, 2].map(() => person.run(['apply', '--yes', ...place], { env })))
    for (const ran of both) assertEnded(ran, 0)
    assert.equal(both.filter(({ stdout }) => stdout.includes('Done: 14 created')).length, 1)
    const [folder = ''] = (await readdir(env.TMPDIR)).filter(name => /^zprom-\d+$/.test(name))
    assert.deepEqual(await readdir(join(env.TMPDIR, folder)), [])
    const edit = ['init', 'cluster', 'more', '--prometheus', 'dark', '--yes', ...place]
    assertEnded(await person.run(edit, { env }), 8, /can't write the lock file \(EROFS\)/)
    await person.ok(['destroy', '--yes', '--accept', 'delete-identities', ...place], { env })
  })
})
