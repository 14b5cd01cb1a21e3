import { Interrupted, LiveError, type LiveFailure, UsageError, ZpromError } from '../errors.js'
import { applyLive, examineLive, type LiveDeps } from '../flows/live.js'
import type { LiveReport } from '../model/live.js'
import type { Report } from '../model/report.js'
import type { Listener } from '../report/events.js'
import { formatLivePreview, formatLiveReport } from '../report/live-text.js'
import { type LiveFlags, type LiveTarget, waitMsOf } from './live-flags.js'
import { askYesNo } from './prompts.js'

/** Which running configurations are to follow an edit, and what it takes to do so. */
export type LiveRun = {
  readonly flags: LiveFlags & { readonly yes: boolean }
  readonly targets: readonly LiveTarget[]
  /** Services that they should scrape no longer. */
  readonly gone: readonly string[]
  /** What was applied before; a failure carries it on. */
  readonly report?: Report | undefined
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
 * Edits the running configuration of one cluster after another. A cluster that fails does not stop the next one: at the end a
 * LiveError has every failure and what was done; Interrupted has the same. A question without anybody to ask is a UsageError.
 */
export async function runLive(run: LiveRun): Promise<LiveReport[]> {
  const live: LiveReport[] = []
  const failures: LiveFailure[] = []
  for (const target of run.targets) {
    try {
      live.push(await editOne(target, run))
    } catch (error) {
      if (!(error instanceof ZpromError) || error instanceof UsageError) throw error
      if (error instanceof Interrupted) throw new Interrupted(error.message, run.report ?? null, live)
      failures.push(failureOf(target, error))
    }
  }
  if (failures.length > 0) throw new LiveError({ failures, live, report: run.report ?? null }, again)
  return live
}

/** Makes sure, before anything is done, that every cluster can be edited as things stand. Throws LiveError. */
export async function examineTargets(targets: readonly LiveTarget[], gone: readonly string[]): Promise<void> {
  const failures: LiveFailure[] = []
  for (const target of targets) {
    const { cluster, context } = target
    try {
      await examineLive({ cluster, context, wanted: cluster.scraper.jobs, gone })
    } catch (error) {
      if (!(error instanceof ZpromError)) throw error
      failures.push(failureOf(target, error))
    }
  }
  if (failures.length > 0) throw new LiveError({ failures, live: [], report: null }, again)
}

const again = 'mend the causes and run the same command again: it goes on from here'

function failureOf({ cluster, context }: LiveTarget, error: ZpromError): LiveFailure {
  return { cluster: cluster.name, context, error }
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
