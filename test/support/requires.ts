import type { Context } from 'mocha'

/** Skips a case that needs what this run does not have, and says why in the output. */
export function requires(context: Context, met: boolean, reason: string): void {
  if (met) return
  process.stderr.write(`      skipped: ${context.test?.title ?? ''}: ${reason}\n`)
  context.skip()
}
