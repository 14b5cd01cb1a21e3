import { Errors, handle, run as runOclif, settings } from '@oclif/core'
import { showLines } from '../model/shown.js'
import { errorToJson, exitCodeOf, formatError } from './error-output.js'
import { guardStdout, writeDocument } from './stdout.js'

/** Runs the program: finds the command that the arguments name, runs it, and ends with its exit code. `root`: folder of the package. */
export async function run(root: string): Promise<void> {
  // Commands are compiled beforehand, or loaded by the tsx that started the process: never transpiled here.
  settings.enableAutoTranspile = false
  // A reader of the progress that leaves early, a terminal that is closed and a log on a full disk must not end a run in the
  // middle of its writes. There is nowhere to say it.
  process.stderr.on('error', () => undefined)
  guardStdout()
  noteEarlyEnd()
  try {
    // Nobody's plugins: looking for them in a home that may not be read makes a warning.
    await runOclif(withHelp(process.argv.slice(2)), { root, userPlugins: false })
  } catch (error) {
    await end(await explained(error, root))
  }
  isDone = true
}

let isDone = false

// Node ends well when nothing is left to wait for, whoever still waits.
function noteEarlyEnd(): void {
  process.once('beforeExit', () => {
    process.once('exit', code => {
      if (isDone || code !== 0) return
      process.exitCode = 1
      process.stderr.write('Error: zprom ended before it was done, so a bug in zprom\n')
    })
  })
}

// `zprom help plan` is `zprom plan --help`.
function withHelp([first, ...rest]: readonly string[]): string[] {
  if (first === undefined) return []
  return first === 'help' ? [...rest, '--help'] : [first, ...rest]
}

// Loaded only then: most runs name a command that there is.
async function explained(error: unknown, root: string): Promise<unknown> {
  if (!(error instanceof Errors.CLIError)) return error
  const { explainUnknown } = await import('./unknown-command.js')
  return explainUnknown(error, root)
}

// What goes wrong before a command runs, such as a name that no command has; commands word their own failures.
async function end(error: unknown): Promise<void> {
  if (error instanceof Errors.ExitError) return handle(error)
  process.exitCode = exitCodeOf(error)
  if (process.argv.includes('--json')) writeDocument(errorToJson(error))
  else if (error instanceof Errors.CLIError) await handle(error)
  else process.stderr.write(`${showLines(formatError(error, process.env))}\n`)
}
