import { ZpromError } from '../errors.js'
import { mapBounded } from '../model/bounded.js'
import type { CheckResult } from '../model/check.js'
import type { Topology } from '../model/topology.js'
import { expectAccess, expectHosts } from './access.js'
import { type Alike, findAlike } from './alike.js'
import type { Check, VerifyContext } from './check.js'
import { enrolledCheck } from './enrolled-check.js'
import { planCheck } from './plan-check.js'
import { routersCheck } from './routers-check.js'
import { servicesCheck } from './services-check.js'
import { terminatorCheck } from './terminator-check.js'

export { expectAccess, expectHosts } from './access.js'
export type { Check, VerifyContext, View } from './check.js'
export { type Exposition, readExposition } from './exposition.js'
export { readFault, readQuery, readTargets } from './prometheus-answer.js'
export { checkExpectation, checkScraper } from './prometheus-check.js'

// Each check that logs in as an identity opens a connection of its own.
const checksAtOnce = 4

/**
 * All checks for a topology, in the order of a person's questions: is it there, who is in, who sees what, is it up. With
 * `as`, only those about one identity. `full`: the services of each identity are compared, however many see the same.
 */
export function listChecks(
  topology: Topology,
  { as, full = false }: { readonly as?: string | undefined; readonly full?: boolean | undefined } = {},
): Check[] {
  const expected = expectAccess(topology)
  const access = [...expected]
  const alike = as === undefined && !full ? findAlike(topology) : new Map<string, Alike>()
  const checks = [
    planCheck,
    ...topology.enrollments.map(enrolledCheck),
    ...access.map(([identity, services]) => servicesCheck(identity, services, alike.get(identity))),
    ...access.map(([identity, services]) => routersCheck(identity, services)),
    ...[...expectHosts(expected)].sort().map(([service, hosts]) => terminatorCheck(service, hosts)),
  ]
  return checks.filter(({ identity }) => as === undefined || identity === as)
}

/** Runs checks, a few at once; results come in the order of the checks. A check that can't run is a failed one. */
export function runChecks(checks: readonly Check[], context: VerifyContext): Promise<CheckResult[]> {
  return mapBounded(checks, checksAtOnce, check => runCheck(check, context))
}

async function runCheck({ id, title, run }: Check, context: VerifyContext): Promise<CheckResult> {
  try {
    return { id, title, ...(await run(context)) }
  } catch (error) {
    if (!(error instanceof ZpromError)) throw error
    return { id, title, result: 'fail', detail: error.message, ...(error.hint !== undefined && { hint: error.hint }) }
  }
}
