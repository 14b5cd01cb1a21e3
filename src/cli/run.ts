import { Errors, handle, run as runOclif, settings } from '@oclif/core'
import { errorToJson, exitCodeOf, formatError } from './error-output.js'

/** Runs the program: finds the command that the arguments name, runs it, and ends with its exit code. */
export async function run(entry: string): Promise<void> {
  // Commands are compiled beforehand, or loaded by the tsx that started the process: never transpiled here.
  settings.enableAutoTranspile = false
  process.stderr.on('error', ignoreClosedPipe)
  try {
    await runOclif(process.argv.slice(2), entry)
  } catch (error) {
    await end(error)
  }
}

// What goes wrong before a command runs, such as a name that no command has; commands word their own failures.
async function end(error: unknown): Promise<void> {
  if (error instanceof Errors.ExitError) return handle(error)
  process.exitCode = exitCodeOf(error)
  if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(errorToJson(error), undefined, 2)}\n`)
  else if (error instanceof Errors.CLIError) await handle(error)
  else process.stderr.write(`${formatError(error, process.env)}\n`)
}

// A reader of the progress that leaves early must not end a run in the middle of its writes; oclif sees to stdout.
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}
