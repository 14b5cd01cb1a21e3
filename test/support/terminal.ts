import { execFileSync, spawn } from 'node:child_process'
import { stripVTControlCharacters } from 'node:util'
import { bin, type Person } from './cli.js'
import { noteOutput } from './secrets.js'

/** What is waited for on the screen, what is typed then, and what happens elsewhere before. */
export type Exchange = readonly [seen: RegExp, typed: string, meanwhile?: () => Promise<void>]

export type Sitting = {
  readonly code: number | null
  /** All that was on the screen, without colours and cursor movements. */
  readonly screen: string
}

const patienceMs = 30_000

export const enter = '\r'
export const down = '\u001b[B'
export const interrupt = '\u0003'
export const endOfInput = '\u0004'

/** Whether this machine has the `script` of util-linux, which gives a program a real terminal. */
export function hasTerminal(): boolean {
  try {
    return execFileSync('script', ['--version'], { encoding: 'utf8' }).includes('util-linux')
  } catch {
    return false
  }
}

/** Runs zprom at a real terminal (a pty) and answers what it asks, in order; each answer waits for its question. */
export function sitDown(
  person: Person,
  args: readonly string[],
  exchanges: readonly Exchange[],
  env = {},
): Promise<Sitting> {
  const command = ['exec', process.execPath, bin, ...args].map(quote).join(' ').replace("'exec'", 'exec')
  return new Promise((resolve, reject) => {
    const child = spawn('script', ['--quiet', '--return', '--flush', '--command', command, '/dev/null'], {
      cwd: person.folder,
      env: { ...person.env, TERM: 'xterm', SHELL: '/bin/sh', ...env },
      // A question that was not foreseen would be waited at for ever.
      signal: AbortSignal.timeout(patienceMs),
    })
    const waiting = [...exchanges]
    let raw = ''
    let answered = 0
    child.stdout.setEncoding('utf8').on('data', text => {
      raw += text
      const [next] = waiting
      if (next === undefined) return
      const fresh = stripVTControlCharacters(raw).slice(answered)
      if (!next[0].test(fresh)) return
      waiting.shift()
      answered = stripVTControlCharacters(raw).length
      const [, typed, meanwhile = async () => undefined] = next
      meanwhile().then(() => child.stdin.write(typed), reject)
    })
    child.on('error', error => reject(new Error(`${error.message}; the screen:\n${stripVTControlCharacters(raw)}`)))
    child.on('close', code => {
      noteOutput(`zprom ${args.join(' ')}, at a terminal`, raw)
      const screen = stripVTControlCharacters(raw).replaceAll('\r', '')
      if (waiting.length === 0) resolve({ code, screen })
      else reject(new Error(`never asked ${waiting[0]?.[0]}; the screen:\n${screen}`))
    })
  })
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
