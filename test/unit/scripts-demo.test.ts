import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

// In the place of zprom: writes down what it was called with, and does nothing.
const witness = `#!/usr/bin/env bash
{ echo "$*"; env | grep '^ZPROM_' | sort | tr '\\n' ' '; echo; cat | tr '\\n' ' '; echo; } >>"$CALLS"
case $* in
  'sandbox status --json') echo '{"profile":"sandbox-of-demo"}' ;;
  'sandbox down --purge') exit "$DOWN" ;;
esac
`

// Nothing is installed, nothing built.
const bare = 'require_node() { :; }\ninstall_packages() { :; }\nbuild_zprom() { :; }\ninstall_debian() { :; }\n'

const others = [
  ...['CONTROLLER', 'USERNAME', 'PASSWORD', 'PASSWORD_FILE', 'CA', 'PROFILE', 'SPEC', 'SANDBOX', 'ZITI_LOGIN'],
  ...['IDENTITY_FILE', 'CERT_FILE', 'KEY_FILE', 'EXT_JWT', 'EXT_JWT_FILE', 'OIDC', 'TOTP', 'TIMEOUT', 'WAIT', 'NEW'],
]

describe('scripts/demo', () => {
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'zprom-scripts-'))
    for (const name of ['bin', 'scripts', 'tmp']) mkdirSync(join(folder, name))
    for (const name of ['demo', 'setup.sh']) cpSync(join(root, 'scripts', name), join(folder, 'scripts', name))
    appendFileSync(join(folder, 'scripts/setup.sh'), bare)
    writeFileSync(join(folder, 'bin/zprom.cjs'), witness, { mode: 0o755 })
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const left = () => readdirSync(join(folder, 'tmp'))
  const run = ({ down = 0 } = {}) => {
    const calls = join(folder, 'calls')
    const env = {
      ...{ PATH: process.env.PATH, CALLS: calls, DOWN: String(down), TMPDIR: join(folder, 'tmp') },
      ...Object.fromEntries(others.map(name => [`ZPROM_${name}`, 'of-the-person'])),
      ZPROM_ZITI: '/opt/ziti',
    }
    const ran = spawnSync('scripts/demo', { cwd: folder, env, encoding: 'utf8', input: 'typed by the person\n' })
    const lines = readFileSync(calls, 'utf8').split('\n')
    const seen = Array.from({ length: Math.floor(lines.length / 3) }, (_, at) => lines.slice(at * 3, at * 3 + 3))
    return { ...ran, calls: seen.map(([args = '', variables = '', read = '']) => ({ args, variables, read })) }
  }

  it('works on its own sandbox, whatever the environment of a person says', () => {
    const { status, stdout, stderr, calls } = run()
    assert.deepEqual([status, stderr], [0, ''], stdout)
    assert.equal(calls[0]?.args, 'sandbox up')
    for (const { args, variables, read } of calls) {
      assert.match(variables, /^ZPROM_SANDBOX=\S+\/zprom-demo\.\w+\/sandbox ZPROM_ZITI=\/opt\/ziti $/, args)
      assert.equal(read, '', `${args} has what the person typed`)
      // "targets" reads the spec alone.
      if (!/^(sandbox|targets)\b/.test(args)) assert.match(args, / --profile sandbox-of-demo( |$)/)
    }
    assert.ok(calls.length > 8, stdout)
    assert.match(stdout, /\nnothing of it is left\n$/)
    assert.deepEqual(left(), [])
  })

  it('keeps what it made, and says how to end it, when it could not be taken down', () => {
    const { status, stdout, stderr } = run({ down: 8 })
    const [base = ''] = left()
    assert.deepEqual([status, readdirSync(join(folder, 'tmp', base))], [1, ['work']])
    assert.doesNotMatch(stdout, /nothing of it is left/)
    assert.match(stderr, new RegExp(`could not be taken down, so \\S+/${base} is still there`))
    assert.match(
      stderr,
      new RegExp(`export .* ZPROM_SANDBOX=\\S+/${base}/sandbox\n .*/zprom.cjs sandbox down --purge && rm -rf`),
    )
  })
})
