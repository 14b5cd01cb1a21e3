import { VerifyError } from '../errors.js'
import type { CheckResult } from '../model/check.js'
import type { Verified } from './verify.js'

/** More checks, such as those that use the overlay itself. */
export type MoreChecks = () => Promise<readonly CheckResult[]>

/**
 * Runs the checks of the control plane and then more, all of them whatever fails before. Throws VerifyError with the
 * results of all when one failed.
 */
export async function verifyAll(
  base: () => Promise<Verified>,
  more: readonly MoreChecks[],
  now: () => number,
): Promise<Verified> {
  const started = now()
  const { checks: first, spent } = await base().catch(asResults)
  const checks = [...first]
  for (const run of more) checks.push(...(await run()))
  const all = { ...spent, durationMs: now() - started }
  const failed = checks.filter(({ result }) => result === 'fail').length
  if (failed > 0) throw new VerifyError(`${failed} of ${checks.length} checks failed`, checks, all)
  return { checks, spent: all }
}

function asResults(error: unknown): Verified {
  if (error instanceof VerifyError) return { checks: error.results as CheckResult[], spent: error.spent }
  throw error
}
