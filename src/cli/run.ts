import { handle, run as runOclif, settings } from '@oclif/core'

/** Runs the program: finds the command that the arguments name, runs it, and ends with its exit code. */
export async function run(entry: string): Promise<void> {
  // Commands are compiled beforehand, or loaded by the tsx that started the process: never transpiled here.
  settings.enableAutoTranspile = false
  try {
    await runOclif(process.argv.slice(2), entry)
  } catch (error) {
    await handle(error instanceof Error ? error : new Error(String(error)))
  }
}
