import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { assertPrinted } from './documents.js'
import type { TestOverlay } from './overlay.js'
import { noteOutput, suiteSecrets } from './secrets.js'

/** The program as built. */
export const bin = fileURLToPath(new URL('../../bin/zprom.cjs', import.meta.url))

export type Ran = {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** `ms`: from its start to its end. */
export type TimedRan = Ran & { readonly ms: number }

export type RunOptions = {
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Where to run, below the person's folder. */
  readonly cwd?: string
  /** Called once it runs; may send a signal later. `onStdout`, `onStderr`: called with all of it so far, whenever more arrives; may send a signal. */
  readonly onStart?: (kill: (signal: NodeJS.Signals) => void) => void
  readonly onStdout?: (soFar: string, kill: (signal: NodeJS.Signals) => void) => void
  readonly onStderr?: (soFar: string, kill: (signal: NodeJS.Signals) => void) => void
}

/** A person at a machine of their own: a folder, a configuration, and zprom as built. No terminal, so nothing is asked. */
export type Person = {
  readonly folder: string
  /** Name of the folder, and so of the stack of a spec that is begun there. */
  readonly stack: string
  /** Environment of every run; no variable of the machine that runs the tests gets through but PATH. */
  readonly env: Readonly<Record<string, string>>
  /** Expects that no secret is printed, and under --json what the schema of the command says. */
  run(args: readonly string[], options?: RunOptions): Promise<TimedRan>
  /** Runs and expects exit code 0; the text of stdout. */
  ok(args: readonly string[], options?: RunOptions): Promise<string>
  write(path: string, text: string): Promise<void>
  read(path: string): Promise<string>
  leave(): Promise<void>
}

/** A new person; with an overlay, one whose environment names it as a CI job's would. */
export async function newPerson(
  overlay?: Pick<TestOverlay, 'url' | 'username' | 'passwordFile' | 'caFile'>,
): Promise<Person> {
  const base = await mkdtemp(join(tmpdir(), 'zprom-person-'))
  // The stack of a spec that is begun there is named after it, and others are on the same controller.
  const stack = `work-${basename(base).slice(-6)}`
  const folder = join(base, stack)
  await mkdir(folder)
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: base,
    XDG_CONFIG_HOME: join(base, 'config'),
    XDG_DATA_HOME: join(base, 'data'),
    XDG_CACHE_HOME: process.env.XDG_CACHE_HOME ?? join(process.env.HOME ?? base, '.cache'),
    TZ: 'Pacific/Apia',
    LC_ALL: 'sk_SK',
    NO_COLOR: '1',
    ...(overlay !== undefined && {
      ZPROM_CONTROLLER: overlay.url,
      ZPROM_USERNAME: overlay.username,
      ZPROM_PASSWORD_FILE: overlay.passwordFile,
      ZPROM_CA: overlay.caFile,
    }),
  }
  const run: Person['run'] = async (args, options = {}) => {
    const ran = await spawnZprom(args, { ...env, ...options.env }, join(folder, options.cwd ?? '.'), options)
    noteOutput(`zprom ${args.join(' ')}`, ran.stdout + ran.stderr)
    await assertNoSecrets(ran, base)
    assertPrinted(args, ran)
    return ran
  }
  return {
    folder,
    stack,
    env,
    run,
    ok: async (args, options) => {
      const { code, stdout, stderr } = await run(args, options)
      assert.equal(code, 0, `zprom ${args.join(' ')} ended with ${code}:\n${stdout}\n${stderr}`)
      return stdout
    },
    write: (path, text) => writeFile(join(folder, path), text),
    read: path => readFile(join(folder, path), 'utf8'),
    leave: async () => {
      await suiteSecrets.folder(base)
      await rm(base, { recursive: true, force: true })
    },
  }
}

function spawnZprom(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
  { onStart, onStdout, onStderr }: RunOptions,
): Promise<TimedRan> {
  return new Promise((resolve, reject) => {
    const started = performance.now()
    const child = spawn(process.execPath, [bin, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    onStart?.(signal => child.kill(signal))
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', text => {
      stdout += text
      onStdout?.(stdout, signal => child.kill(signal))
    })
    child.stderr.setEncoding('utf8').on('data', text => {
      stderr += text
      onStderr?.(stderr, signal => child.kill(signal))
    })
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr, ms: performance.now() - started }))
  })
}

/** Every run of every case: no password, session, token or key that is on this person's disk may be in what was printed. */
export async function assertNoSecrets({ stdout, stderr }: Ran, base: string): Promise<void> {
  const printed = stdout + stderr
  assert.ok(!/PRIVATE KEY-----/.test(printed), 'a private key was printed')
  assert.ok(!/eyJ[\w-]{10,}\.eyJ[\w-]{10,}\./.test(printed), 'a JWT was printed')
  for (const secret of await readSecrets(base)) {
    suiteSecrets.secret('a password or a session', secret)
    assert.ok(!printed.includes(secret), 'a secret was printed')
  }
}

async function readSecrets(base: string): Promise<string[]> {
  const files = await readdir(base, { recursive: true, withFileTypes: true }).catch(() => [])
  const kept = files.filter(file => file.isFile() && /password|profiles\.json$/.test(file.name))
  const secrets = kept.map(async ({ parentPath, name }) => {
    const text = await readFile(join(parentPath, name), 'utf8').catch(() => '')
    if (!name.endsWith('.json')) return [text.trim()]
    return [...text.matchAll(/"(?:token|refreshToken)": "([^"]+)"/g)].map(([, token = '']) => token)
  })
  return (await Promise.all(secrets)).flat().filter(secret => secret !== '')
}
