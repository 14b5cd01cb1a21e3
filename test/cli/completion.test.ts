import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { newPerson, type Person } from '../support/cli.js'
import { assertEnded } from '../support/cli-world.js'
import { requires } from '../support/requires.js'
import { hasTerminal } from '../support/terminal.js'

type Shell = 'bash' | 'zsh' | 'fish'

const askZsh = fileURLToPath(new URL('../support/offers.zsh', import.meta.url))
const isThere = (shell: string) => spawnSync(shell, ['--version']).status === 0

describe('zprom completion', function () {
  this.timeout(60_000)
  let person: Person
  before(async () => {
    person = await newPerson()
    for (const shell of ['bash', 'zsh', 'fish'])
      await person.write(`zprom.${shell}`, await person.ok(['completion', shell]))
    await person.write('zprom.yaml', 'stack: here\n')
  })
  after(() => person.leave())

  // What the shell itself would offer, asked through its own functions.
  const offers: Readonly<Record<Shell, (line: string) => string[]>> = {
    bash: line => run('bash', ['--norc', '-c', askBash, 'bash', ...line.split(' ')]),
    zsh: line => run('zsh', ['-f', askZsh, 'zprom.zsh', line]),
    fish: line => run('fish', ['--no-config', '-c', `source zprom.fish; complete -C '${line}'`]),
  }
  const run = (shell: string, args: readonly string[]) => {
    const ran = spawnSync(shell, args, { cwd: person.folder, env: person.env, encoding: 'utf8', timeout: 30_000 })
    assert.equal(ran.status, 0, ran.stderr)
    return ran.stdout
      .trimEnd()
      .split('\n')
      .map(one => one.replace(/\t.*/, ''))
      .filter(one => one !== '')
      .sort()
  }

  for (const shell of ['bash', 'zsh', 'fish'] as const) {
    describe(`in ${shell}`, () => {
      before(function () {
        requires(this, isThere(shell), `${shell} is not installed`)
      })

      it('offers commands and topics, and what is below a topic', () => {
        assert.deepEqual(offers[shell]('zprom pl'), ['plan'])
        assert.deepEqual(offers[shell]('zprom in'), ['init', 'install'])
        assert.deepEqual(offers[shell]('zprom init '), ['cluster', 'local'])
        assert.deepEqual(offers[shell]('zprom sandbox d'), ['demo', 'down'])
      })

      it('offers the flags of the command that stands there', () => {
        assert.deepEqual(offers[shell]('zprom plan --e'), ['--exit-code'])
        assert.deepEqual(offers[shell]('zprom init cluster kubeA --dr'), ['--dry-run'])
        assert.deepEqual(offers[shell]('zprom plan --pro'), ['--profile'])
        assert.deepEqual(offers[shell]('zprom init cluster kubeA --pro'), ['--profile', '--prometheus'])
      })

      it('offers the values of a flag that has a few', () => {
        assert.deepEqual(offers[shell]('zprom init cluster kubeA --prometheus '), ['dark', 'tunneled'])
        assert.deepEqual(offers[shell]('zprom apply --yes --key-type rsa'), ['rsa-2048', 'rsa-4096'])
      })

      it('is not misled by an argument that is named like a command', () => {
        assert.deepEqual(offers[shell]('zprom apply init --ad'), ['--adopt'])
      })
    })
  }

  it('completes what is typed at a real terminal, in bash and zsh', async function () {
    requires(this, hasTerminal(), 'needs script of util-linux')
    const typed: readonly (readonly [string, string, readonly string[]])[] = [
      ['bash', 'bash --norc --noprofile -i', ['source zprom.bash']],
      ['zsh', 'zsh -f -i', ['autoload -Uz compinit && compinit -u -D', 'source zprom.zsh']],
    ]
    for (const [shell, command, lines] of typed) {
      if (!isThere(shell)) continue
      const screen = await typeAt(person, command, [
        ...lines,
        'echo ok; zprom init cl\tx --promet\tda\t --key-type=rsa-4\t -s zprom.y\t',
      ])
      assert.match(
        screen,
        /^got: init cluster x --prometheus dark --key-type=rsa-4096 -s zprom\.yaml$/m,
        `${shell}:\n${screen}`,
      )
    }
  })

  it('gives bash a script that passes shellcheck', async function () {
    requires(this, isThere('shellcheck'), 'shellcheck is not installed')
    const { stdout } = spawnSync('shellcheck', ['-s', 'bash', 'zprom.bash'], { cwd: person.folder, encoding: 'utf8' })
    assert.equal(stdout, '')
  })

  it('ends with 2 for a shell that it does not know, or none', async () => {
    assertEnded(await person.run(['completion', 'csh']), 2, /csh/)
    assertEnded(await person.run(['completion']), 2, /shell/)
  })
})

const askBash = `source zprom.bash
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_zprom
printf '%s\\n' "\${COMPREPLY[@]}"`

// Types lines at an interactive shell whose zprom says what it was given.
async function typeAt(person: Person, command: string, lines: readonly string[]): Promise<string> {
  const programs = join(person.folder, 'bin')
  await mkdir(programs, { recursive: true })
  await writeFile(join(programs, 'zprom'), '#!/bin/sh\necho "got: $*"\n', { mode: 0o755 })
  const child = spawn('script', ['--quiet', '--return', '--flush', '--command', command, '/dev/null'], {
    cwd: person.folder,
    env: { ...person.env, TERM: 'xterm', PATH: `${programs}:${person.env.PATH}`, LC_ALL: 'C', SHELL: '/bin/sh' },
    signal: AbortSignal.timeout(30_000),
  })
  let raw = ''
  child.stdout.setEncoding('utf8').on('data', text => {
    raw += text
  })
  for (const line of [...lines, 'exit']) child.stdin.write(`${line}\r`)
  await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject))
  return stripVTControlCharacters(raw).replaceAll('\r', '')
}
