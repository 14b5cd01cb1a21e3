import { ZpromError } from '../errors.js'
import { applyLive, type LiveDeps } from '../flows/live.js'
import type { LiveReport } from '../model/live.js'
import type { Listener } from '../report/events.js'
import { formatLivePreview, formatLiveReport } from '../report/live-text.js'
import { type LiveFlags, type LiveTarget, waitMsOf } from './live-flags.js'
import { askYesNo } from './prompts.js'

export type LiveRun = {
  readonly flags: LiveFlags & { readonly yes: boolean }
  readonly targets: readonly LiveTarget[]
  /** Services that they should scrape no longer. */
  readonly gone: readonly string[]
  /** Show the change and leave it at that. */
  readonly dryRun?: boolean
  /** The folder of a cluster as a person would type it. */
  readonly shownFolder: (cluster: string) => string
  /** Whether the values of a cluster were changed by hand and kept. */
  readonly hasEditedValues: (cluster: string) => boolean
  readonly log: (text: string) => void
  readonly listener: Listener
  readonly signal: AbortSignal
}

/**
 * Edits the running configuration of one cluster after another. A cluster that fails does not stop the next one; the first
 * failure is thrown at the end.
 */
export async function runLive(run: LiveRun): Promise<LiveReport[]> {
  const reports: LiveReport[] = []
  const failures: ZpromError[] = []
  for (const target of run.targets) {
    try {
      reports.push(await editOne(target, run))
    } catch (error) {
      if (!(error instanceof ZpromError)) throw error
      failures.push(error)
      if (run.signal.aborted) break
    }
  }
  const [first, ...others] = failures
  for (const { message } of others) run.log(`! ${message}`)
  if (first !== undefined) throw first
  return reports
}

async function editOne({ cluster, context }: LiveTarget, run: LiveRun): Promise<LiveReport> {
  const { flags, log, listener, signal } = run
  const deps: LiveDeps = {
    listener,
    signal,
    now: Date.now,
    confirm: async preview => {
      log(formatLivePreview(preview))
      if (run.dryRun === true) return false
      const where = `context ${preview.context}, namespace ${preview.namespace}`
      return flags.yes || askYesNo(`Edit the running configuration of ${preview.cluster} (${where})?`, '--yes')
    },
  }
  const request = { cluster, context, wanted: cluster.scraper.jobs, gone: run.gone }
  const report = await applyLive({ ...request, waitMs: waitMsOf(flags) }, deps)
  const { release, service } = cluster.prometheus
  const paths = {
    folder: run.shownFolder(cluster.name),
    valuesEdited: run.hasEditedValues(cluster.name),
    release: release.name,
    overlayUrl: cluster.dark ? `http://${service}/targets` : undefined,
  }
  log(formatLiveReport(report, paths))
  return report
}
