import { Flags } from '@oclif/core'
import { UsageError } from '../errors.js'
import { scrapersOf, scrapeTargetsOf } from '../expand/index.js'
import type { Deps } from '../flows/ports.js'
import type { MoreChecks } from '../flows/verify-all.js'
import { verifyDial } from '../flows/verify-dial.js'
import { verifyPrometheus } from '../flows/verify-prometheus.js'
import { wantedSession } from './environment.js'
import { waitMsOf } from './live-flags.js'
import type { Interpreted } from './workspace.js'

/** Flags for the checks that use the overlay itself. */
export const moreFlags = {
  dial: Flags.boolean({ description: 'Also dial every target as everybody who is to read it, and read its metrics' }),
  wait: Flags.string({
    description: 'How long --dial tries again what fails, such as 60s; 0 for not at all',
    default: '0',
  }),
  prometheus: Flags.string({
    description:
      'Also ask this Prometheus over the overlay what it scrapes: a cluster, local, or all, as without a name (repeatable)',
    multiple: true,
    multipleNonGreedy: true,
    default: [],
    defaultHelp: async () => undefined,
  }),
  expect: Flags.string({
    description: 'PromQL that must have a series on each Prometheus that is asked (repeatable)',
    multiple: true,
    multipleNonGreedy: true,
    default: [],
    defaultHelp: async () => undefined,
  }),
}

/** The words of a command line, with `all` where `--prometheus` has no name: oclif knows no flag that may go without its value. */
export function withBarePrometheus(words: readonly string[]): string[] {
  const isBare = (word: string, at: number) => word === '--prometheus' && (words[at + 1] ?? '-').startsWith('-')
  return words.map((word, at) => (isBare(word, at) ? `${word}=all` : word))
}

type MoreFlags = {
  readonly as?: string | undefined
  readonly dial: boolean
  readonly wait: string
  readonly timeout: number
  readonly prometheus: readonly string[]
  readonly expect: readonly string[]
}

/** The checks that were asked for beyond those of the control plane. */
export function moreChecks(interpreted: Interpreted, flags: MoreFlags, deps: Deps): MoreChecks[] {
  const { spec, inputs, deployments } = interpreted
  const { as, expect, prometheus: names, timeout: timeoutMs } = flags
  // oclif takes the default of the one for its being given.
  if (expect.length > 0 && names.length === 0)
    throw new UsageError(
      '--expect: no Prometheus is asked',
      'name one with --prometheus NAME, or all of them with --prometheus all',
    )
  if (!flags.dial && waitMsOf(flags) > 0)
    throw new UsageError('--wait: nothing is dialled that could be waited for', 'add --dial')
  const scraping = { ...inputs, scrapers: scrapersOf(spec), targets: scrapeTargetsOf(spec) }
  const wanted = wantedSession()
  const dialOptions = { as, waitMs: waitMsOf(flags), timeoutMs, wanted }
  return [
    ...(flags.dial ? [() => verifyDial(scraping, dialOptions, deps)] : []),
    ...(names.length > 0
      ? [() => verifyPrometheus({ ...scraping, deployments }, { names, expect, as, timeoutMs, wanted }, deps)]
      : []),
  ]
}
