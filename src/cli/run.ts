import { handle, run as runOclif, settings } from '@oclif/core'

/** Runs the program: finds the command that the arguments name, runs it, and ends with its exit code. */
export async function run(entry: string): Promise<void> {
  // Commands are compiled beforehand, or loaded by the tsx that started the process: never transpiled here.
  settings.enableAutoTranspile = false
  process.stderr.on('error', ignoreClosedPipe)
  try {
    await runOclif(process.argv.slice(2), entry)
  } catch (error) {
    await handle(error instanceof Error ? error : new Error(String(error)))
  }
}

// A reader of the progress that leaves early must not end a run in the middle of its writes; oclif sees to stdout.
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}
