import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Person } from '../support/cli.js'
import { assertEnded, useWorld } from '../support/cli-world.js'

const spec = 'stack: replace\nclusters:\n  - {name: replace, prometheus: dark}\n'
const flags = [
  ['plan', '--out'],
  ['verify', '--junit'],
  ['verify', '--markdown'],
] as const

describe('a file that a flag names', function () {
  this.timeout(60_000)
  const world = useWorld()
  const arrive = async () => {
    const person = await world.worker()
    await person.write('zprom.yaml', spec)
    await mkdir(join(person.folder, 'zprom-out'))
    return person
  }
  const refused = async (
    person: Person,
    file: string,
    why: RegExp,
    by: readonly (readonly [string, string])[] = [flags[0], flags[2]],
  ) => {
    for (const [command, flag] of by)
      assertEnded(await person.run([command, flag, file]), 2, why, new RegExp(`choose another place .*\\(${flag}\\)`))
  }

  it('is not the spec, by whatever name', async () => {
    const person = await arrive()
    await symlink('zprom.yaml', join(person.folder, 'link.xml'))
    for (const name of ['./zprom-out/../zprom.yaml', 'link.xml']) await refused(person, name, /that is the spec/, flags)
    assert.equal(await person.read('zprom.yaml'), spec)
  })

  it('is not the file of another flag', async () => {
    const person = await arrive()
    await person.write('empty', '')
    const both = ['verify', '--junit', 'empty', '--markdown', './empty']
    assertEnded(await person.run(both), 2, /--markdown \.\/empty: that is the file of --junit/)
  })

  it('is not in the output folder, whether or not it is there yet', async () => {
    const person = await arrive()
    await person.write('zprom-out/key.json', '{"id": {}}')
    for (const name of ['zprom-out/key.json', 'zprom-out/new/x.md']) await refused(person, name, /in the output folder/)
    assert.equal(await person.read('zprom-out/key.json'), '{"id": {}}')
  })

  it('replaces one of its format or an empty one, and nothing else', async () => {
    const person = await arrive()
    const others = { 'a.pem': '-----BEGIN PRIVATE KEY-----\n', 'a.json': '{"format": 1}', notes: 'notes\n' }
    for (const [name, text] of Object.entries(others)) {
      await person.write(name, text)
      await refused(person, name, /there is a file of that name, and it is not a/)
      assert.equal(await person.read(name), text)
    }
    execFileSync('mkfifo', [join(person.folder, 'pipe.xml')])
    await refused(person, 'pipe.xml', /there is a file of that name/, [flags[1]])

    await person.write('empty', '')
    for (const _ of [1, 2]) await person.ok(['plan', '--out', 'empty'])
    // Its name does not make a file one of the format.
    const theirs = { 'README.md': '# theirs\n', 'pom.xml': '<?xml version="1.0"?>\n<project/>\n' }
    for (const [name, text] of Object.entries(theirs)) {
      await person.write(name, text)
      await refused(person, name, /there is a file of that name, and it is not a/, flags)
      assert.equal(await person.read(name), text)
    }
    await person.write('old.xml', '<testsuites name="of another tool"/>\n')
    const preamble =
      '\uFEFF<?xml version="1.0"?>\n<!-- theirs > -->\n<!DOCTYPE testsuites [<!ENTITY a "b">]>\n<?a b?>\n'
    await person.write('more.xml', `${preamble}<!--${' long'.repeat(200)}-->\n<testsuite/>\n`)
    assertEnded(await person.run(['verify', '--junit', 'more.xml']), 7)
    assert.match(await person.read('more.xml'), /<testsuites name="zprom verify"/)
    await person.write('commented.xml', '<!-- <testsuites/> --><project/>\n')
    await refused(person, 'commented.xml', /and it is not a JUnit report/, [flags[1]])
    await person.write('report', '')
    for (const _ of [1, 2]) assertEnded(await person.run(['verify', '--junit', 'old.xml', '--markdown', 'report']), 7)
    assert.match(await person.read('old.xml'), /<testsuites name="zprom verify"/)
    assert.match(await person.read('report'), /^\*\*Verify: /)
  })

  it('is neither a folder nor without a name: 2, before anything is looked at', async () => {
    const person = await arrive()
    for (const [command, flag] of flags) {
      assertEnded(await person.run([command, flag, '.']), 2, new RegExp(`${flag} \\.: that is a folder`))
      assertEnded(await person.run([command, flag, '']), 2, new RegExp(`${flag} is empty`), new RegExp(`${flag} FILE`))
    }
  })
})
