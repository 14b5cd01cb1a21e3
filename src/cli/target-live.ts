import { deploymentsOf } from '../expand/index.js'
import { targetNames } from '../expand/names.js'
import { scrapeTargetsOf } from '../expand/scrape-targets.js'
import type { ArtefactState } from '../flows/artefacts.js'
import type { LiveReport } from '../model/live.js'
import type { Report } from '../model/report.js'
import type { Listener } from '../report/events.js'
import type { Spec } from '../spec/schema.js'
import { examineTargets, runLive } from './live.js'
import { type LiveFlags, type LiveTarget, liveTargets } from './live-flags.js'
import { type SpecFile, shownPath } from './workspace.js'

/** An edit of the spec, with the clusters whose running configuration is to follow it. */
export type WithLive<E> = E & { readonly live: readonly LiveTarget[] }

/**
 * Finds those clusters before anything is done, and looks that each can be edited; none without --live. Throws UsageError,
 * LiveError.
 */
export async function withLive<E extends { readonly spec: Spec }>(
  edit: E,
  flags: LiveFlags,
  { names, gone }: { readonly names: readonly string[]; readonly gone: readonly string[] },
): Promise<WithLive<E>> {
  const live = flags.live ? await liveTargets(flags, deploymentsOf(edit.spec), names) : []
  await examineTargets(live, gone)
  return { ...edit, live }
}

/** The service by which a target is scraped, also of one that the spec does not have any more. */
export function serviceOf(name: string, spec: Spec): string {
  return scrapeTargetsOf(spec).find(target => target.name === name)?.service ?? targetNames(name).service
}

type Follow = {
  readonly file: SpecFile
  readonly flags: LiveFlags & { readonly yes: boolean; readonly 'dry-run': boolean }
  readonly gone: readonly string[]
  /** Of the run before; absent in a preview. */
  readonly artefacts?: readonly ArtefactState[]
  readonly report?: Report | undefined
  readonly log: (text: string) => void
  readonly listener: Listener
  readonly signal: AbortSignal
}

/** Brings the running configurations up to date with an edit, or shows what that would change with --dry-run. */
export async function followLive(
  { live, spec }: WithLive<{ readonly spec: Spec }>,
  { file, flags, gone, artefacts = [], report, log, listener, signal }: Follow,
): Promise<LiveReport[]> {
  if (live.length === 0) return []
  log('')
  return runLive({
    ...{ flags, targets: live, gone, report, log, listener, signal },
    dryRun: flags['dry-run'],
    shownFolder: cluster => shownPath(file, spec, cluster),
    hasEditedValues: cluster =>
      artefacts.some(({ path, state }) => path === `${cluster}/prometheus.values.yaml` && state === 'edited'),
  })
}
