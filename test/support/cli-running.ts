import assert from 'node:assert/strict'
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { assertNoSecrets, bin, type Person, type Ran } from './cli.js'
import { noteOutput } from './secrets.js'
import { until } from './world-checks.js'

/** A zprom that goes on until it is stopped, or until what it is connected to ends. */
export type Running = {
  readonly child: ChildProcessWithoutNullStreams
  stdout(): string
  /** As it came, byte for byte. */
  bytes(): Buffer
  stderr(): string
  /** What a pattern finds in stdout, once it is there; fails when the program ends before. */
  untilSaid(pattern: RegExp): Promise<RegExpExecArray>
  /** Settles when it has ended. */
  readonly ended: Promise<Ran>
  /** Sends a signal, and expects it to end within ten seconds. */
  stop(signal?: NodeJS.Signals): Promise<Ran>
}

const running = new Set<Running>()

/** Starts zprom as built, as this person; its stdin is open. What a case leaves running ends with it (`stopAll`). */
export function startZprom(person: Person, args: readonly string[]): Running {
  const child = spawn(process.execPath, [bin, ...args], { cwd: person.folder, env: person.env })
  const pieces: Buffer[] = []
  let stderr = ''
  child.stdout.on('data', piece => pieces.push(piece))
  child.stderr.setEncoding('utf8').on('data', text => {
    stderr += text
  })
  child.stdin.on('error', () => undefined)
  const bytes = () => Buffer.concat(pieces)
  const stdout = () => bytes().toString('utf8')
  const ended = new Promise<Ran>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      running.delete(self)
      noteOutput(`zprom ${args.join(' ')}`, stdout() + stderr)
      resolve({ code, signal, stdout: stdout(), stderr })
    })
  })
  const self: Running = {
    child,
    stdout,
    bytes,
    stderr: () => stderr,
    untilSaid: async pattern => {
      let found: RegExpExecArray | null = null
      await until(`it says ${pattern}`, () => {
        found = pattern.exec(stdout())
        assert.ok(found !== null || child.exitCode === null, `it ended:\n${stdout()}\n${stderr}`)
        return found !== null
      }).catch(error => assert.fail(`${error.message}\n${stdout()}\n${stderr}`))
      return found ?? assert.fail('not found')
    },
    ended,
    stop: async (signal = 'SIGINT') => {
      child.kill(signal)
      const hung = setTimeout(() => child.kill('SIGKILL'), 10_000)
      const ran = await ended.finally(() => clearTimeout(hung))
      assert.equal(ran.signal, null, `it did not end at ${signal}:\n${ran.stdout}\n${ran.stderr}`)
      await assertNoSecrets(ran, person.env.HOME ?? person.folder)
      return ran
    },
  }
  running.add(self)
  return self
}

/** Ends what a case left running. */
export async function stopAll(): Promise<void> {
  for (const one of [...running]) {
    one.child.kill('SIGKILL')
    await one.ended
  }
}
