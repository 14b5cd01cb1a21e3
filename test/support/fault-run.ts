import { exitCodeOf, formatError } from '../../src/cli/error-output.js'
import { ZpromError } from '../../src/errors.js'
import type { Report } from '../../src/model/report.js'
import { createHumanListener } from '../../src/report/human.js'
import { formatReport } from '../../src/report/report-text.js'
import type { SpecInput } from '../../src/spec/schema.js'
import { noteOutput } from './secrets.js'
import type { World } from './world.js'
import type { RunOptions } from './world-run.js'

/** How a run in the process ended, and all that a person would have read of it. */
export type Ended = { readonly code: number; readonly error: Error | undefined; readonly printed: string }

/** All that a run can have to do: both kinds of clusters, developers with and without a token, a Prometheus here. */
export function fullSpec(word: string): SpecInput {
  return {
    overlay: { routerPolicies: 'own' },
    clusters: [
      { name: `${word}A`, prometheus: 'tunneled' },
      { name: `${word}B`, prometheus: 'dark' },
    ],
    developers: [{ name: `ann.${word}`, enroll: true }, { name: `bob.${word}` }],
    local: { dark: true },
  }
}

/** Runs as `zprom apply --yes` does, up to the exit code. */
export async function runToEnd(world: World, spec: SpecInput, options: RunOptions): Promise<Ended> {
  const lines: string[] = []
  const listener = createHumanListener(line => lines.push(line))
  const end = (error: Error | undefined, report: Report | null): Ended => {
    if (report !== null) lines.push(formatReport(report))
    if (error !== undefined) lines.push(formatError(error, { DEBUG: '*' }))
    const printed = lines.join('\n')
    noteOutput('a run in the process', printed)
    return { code: error === undefined ? 0 : exitCodeOf(error), error, printed }
  }
  try {
    const { report } = await world.converge(spec, { listener, ...options })
    return end(undefined, report)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const report = error instanceof ZpromError && 'report' in error ? (error.report as Report | null) : null
    return end(error, report)
  }
}
