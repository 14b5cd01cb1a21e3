import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { requires } from '../support/requires.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const files = ['scripts', '.ci']
  .flatMap(folder => readdirSync(join(root, folder)).map(name => join(folder, name)))
  .filter(path => statSync(join(root, path)).isFile())
const programs = files.filter(path => /^#!.*\b(ba|da)?sh\b/.test(readFileSync(join(root, path), 'utf8')))
// Sourced by the others, so without a first line of its own.
const parts = files.filter(path => path.endsWith('.sh'))

describe('the shell scripts', () => {
  it('pass shellcheck', function () {
    requires(this, spawnSync('shellcheck', ['--version']).status === 0, 'shellcheck is not installed')
    assert.ok(programs.length > 0)
    const { stdout, stderr } = spawnSync('shellcheck', ['-x', ...programs, ...parts], { cwd: root, encoding: 'utf8' })
    assert.equal(stdout + stderr, '')
  })

  it('can be run as they are', () => {
    assert.deepEqual(
      programs.filter(path => (statSync(join(root, path)).mode & 0o111) !== 0o111),
      [],
    )
  })

  it('take no flag that they do not know: the suite does not begin without what was asked for', () => {
    const { status, stdout, stderr } = spawnSync('scripts/test', ['--all-fault'], { cwd: root, encoding: 'utf8' })
    assert.deepEqual([status, stdout], [2, ''])
    assert.match(stderr, /unknown: --all-fault\n.*--all-faults/)
  })

  it('read nothing from a person: what runs them may have nobody there', () => {
    assert.deepEqual(
      [...programs, ...parts].filter(path => /^\s*(read|select)\b/m.test(readFileSync(join(root, path), 'utf8'))),
      [],
    )
  })
})

describe('the program', () => {
  it('knows which of its commands last: those are there', () => {
    const [, list = ''] = /^const lasting = \[(.*)\]$/m.exec(readFileSync(join(root, 'bin/zprom.cjs'), 'utf8')) ?? []
    const lasting = [...list.matchAll(/'([a-z-]+)'/g)].map(([, name]) => name)
    const commands = readdirSync(join(root, 'commands')).map(name => name.replace(/\.ts$/, ''))
    assert.deepEqual(
      lasting.filter(name => name === undefined || !commands.includes(name)),
      [],
    )
    assert.ok(lasting.includes('bridge'))
  })
})
