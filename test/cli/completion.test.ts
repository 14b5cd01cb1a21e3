import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { bin, newPerson, type Person } from '../support/cli.js'
import { assertEnded, profileStore } from '../support/cli-world.js'
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
    await person.write('zprom.yaml', 'clusters: [{name: kubeA, prometheus: dark}, {name: other, prometheus: dark}]\n')
    await mkdir(join(person.folder, 'own'))
    await writeFile(join(person.folder, 'own/zprom'), `#!/bin/sh\nexec '${process.execPath}' '${bin}' "$@"\n`, {
      mode: 0o755,
    })
    await mkdir(join(person.folder, profileStore, '..'), { recursive: true })
    const url = 'https://ctrl.example:1280'
    await person.write(profileStore, JSON.stringify({ profiles: { work: { url }, wide: { url } } }))
    await mkdir(join(person.folder, '../.config/ziti'), { recursive: true })
    const edgeIdentities = { default: {}, '$(touch evil)': {} }
    await person.write('../.config/ziti/ziti-cli.json', JSON.stringify({ edgeIdentities }))
  })
  after(() => person.leave())

  // What the shell itself would offer, asked through its own functions.
  const offers: Readonly<Record<Shell, (line: string) => string[]>> = {
    bash: line => run('bash', ['--norc', '-c', askBash, 'bash', ...line.split(' ')]),
    zsh: line => run('zsh', ['-f', askZsh, 'zprom.zsh', line]),
    fish: line => run('fish', ['--no-config', '-c', `source zprom.fish; complete -C '${line}'`]),
  }
  const run = (shell: string, args: readonly string[]) => {
    const env = { ...person.env, PATH: `${join(person.folder, 'own')}:${person.env.PATH}` }
    const ran = spawnSync(shell, args, { cwd: person.folder, env, encoding: 'utf8', timeout: 30_000 })
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

      it('offers the values of an argument or a flag that has a few', () => {
        assert.deepEqual(offers[shell]('zprom completion '), ['bash', 'fish', 'zsh'])
        assert.deepEqual(offers[shell]('zprom init cluster kubeA --prometheus '), ['dark', 'tunneled'])
        assert.deepEqual(offers[shell]('zprom apply --yes --key-type rsa'), ['rsa-2048', 'rsa-4096'])
      })

      it('offers the names that are known here: profiles, logins of ziti, clusters, identities', async () => {
        assert.deepEqual(offers[shell]('zprom plan --profile w'), ['wide', 'work'])
        assert.deepEqual(offers[shell]('zprom plan --ziti-login '), ['default'])
        assert.deepEqual(offers[shell]('zprom install k'), ['kubeA'])
        assert.deepEqual(offers[shell]('zprom remove cluster '), ['kubeA', 'other'])
        assert.deepEqual(offers[shell]('zprom render o'), ['other'])
        assert.deepEqual(offers[shell]('zprom verify --prometheus '), ['all', 'kubeA', 'other'])
        assert.deepEqual(offers[shell]('zprom connect --as other.r'), ['other.reflect.id'])
        assert.deepEqual(offers[shell]('zprom apply --re-enroll other.r'), ['other.reflect.id'])
        assert.deepEqual(offers[shell]('zprom remove-target kubeA.r'), ['kubeA.reflect'])
        for (const command of ['destroy', 'plan --target', 'apply --adopt'])
          assert.deepEqual(offers[shell](`zprom ${command} cluster/k`), ['cluster/kubeA'])
        assert.ok(!(await readdir(person.folder)).includes('evil'))
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

  it('says nothing of names where there is none, or a file is damaged', async () => {
    const other = await newPerson()
    await other.write('zprom.yaml', 'clusters: [\n')
    for (const kind of ['profiles', 'ziti-logins', 'clusters', 'readers', 'identities']) {
      const { code, stdout, stderr } = await other.run(['complete', kind])
      assert.deepEqual([code, stdout, stderr], [0, '', ''], kind)
    }
    await other.leave()
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
