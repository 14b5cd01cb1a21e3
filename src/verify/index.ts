import { ZpromError } from '../errors.js'
import type { CheckResult } from '../model/check.js'
import type { Topology } from '../model/topology.js'
import { expectAccess, expectHosts } from './access.js'
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

/** All checks for a topology, in the order of a person's questions: is it there, who is in, who sees what, is it up. */
export function listChecks(topology: Topology): Check[] {
  const access = [...expectAccess(topology)]
  return [
    planCheck,
    ...topology.enrollments.map(enrolledCheck),
    ...access.map(([identity, services]) => servicesCheck(identity, services)),
    ...access.map(([identity, services]) => routersCheck(identity, services)),
    ...[...expectHosts(topology)].sort().map(([service, hosts]) => terminatorCheck(service, hosts)),
  ]
}

/** Runs checks, a few at once; results come in the order of the checks. A check that can't run is a failed one. */
export async function runChecks(checks: readonly Check[], context: VerifyContext): Promise<CheckResult[]> {
  const results: CheckResult[] = []
  let next = 0
  const work = async () => {
    for (let at = next++; at < checks.length; at = next++) {
      const check = checks[at]
      if (check !== undefined) results[at] = await runCheck(check, context)
    }
  }
  await Promise.all(Array.from({ length: checksAtOnce }, work))
  return results
}

async function runCheck({ id, title, run }: Check, context: VerifyContext): Promise<CheckResult> {
  try {
    return { id, title, ...(await run(context)) }
  } catch (error) {
    if (!(error instanceof ZpromError)) throw error
    return { id, title, result: 'fail', detail: error.message, ...(error.hint !== undefined && { hint: error.hint }) }
  }
}
