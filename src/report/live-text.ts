import type { JobState, LiveReport, Reload } from '../model/live.js'

/** Where a person finds what zprom rendered for the cluster of a report. */
export type LivePaths = {
  /** The folder of the cluster, as a person would type it. */
  readonly folder: string
  /** Whether the values there were changed by hand and kept, so that they may lack the jobs. */
  readonly valuesEdited: boolean
  readonly release: string
  /** Where the targets are to be seen when the Prometheus listens on the overlay alone. */
  readonly overlayUrl: string | undefined
}

/** A change of a running configuration, before it is made. */
export function formatLivePreview(preview: {
  readonly cluster: string
  readonly context: string
  readonly namespace: string
  readonly configMap: string
  readonly diff: string
}): string {
  const { cluster, context, namespace, configMap, diff } = preview
  return [`${cluster}, context ${context}, namespace ${namespace}, configmap ${configMap}:`, indent(diff)].join('\n')
}

/** What became of it, and what the next helm upgrade makes of it. */
export function formatLiveReport(report: LiveReport, paths: LivePaths): string {
  const { cluster, edit, jobs, configMap } = report
  return [
    `${cluster}: configmap ${configMap} ${headOf(edit, jobs)}`,
    ...formatReload(report, paths),
    ...(edit === 'declined' ? [] : formatFuture(jobs, paths)),
  ].join('\n')
}

function headOf(edit: LiveReport['edit'], jobs: readonly JobState[]): string {
  switch (edit) {
    case 'unchanged':
      return 'is up to date'
    case 'declined':
      return 'was not changed'
    case 'written':
      return `edited: ${jobs
        .filter(({ state }) => state !== 'unchanged')
        .map(({ job, state }) => `${state} ${job}`)
        .join(', ')}`
  }
}

function formatReload({ cluster, reload, configMap }: LiveReport, { folder, overlayUrl }: LivePaths): string[] {
  const look = (word: string) => `look with: sh ${folder}/kubectl.sh ${word}`
  switch (reload.state) {
    case 'not-watched':
      return []
    case 'reloaded':
      return [`${cluster}: Prometheus loaded it`, ...formatJobs(reload, overlayUrl)]
    case 'failed':
      return [
        `! ${cluster}: the reload failed: ${reload.detail}; Prometheus goes on with what it had`,
        `  ${look('reload-logs')}`,
      ]
    case 'not-seen':
      return [
        `! ${cluster}: no reload was seen within ${Math.round(reload.waitedMs / 1000)} s; the edit stands`,
        ...reload.reasons.map(reason => `  ${reason}`),
        `  ${look('reload-logs')}`,
      ]
    case 'no-pod':
      return [
        `! ${cluster}: no pod of ${configMap} runs; Prometheus reads the configuration when it starts`,
        `  ${look('pods')}`,
      ]
  }
}

function formatJobs({ jobs }: Extract<Reload, { state: 'reloaded' }>, overlayUrl: string | undefined): string[] {
  if (jobs.length === 0 && overlayUrl !== undefined) return [`  its targets, for who may dial it: ${overlayUrl}`]
  return jobs.map(({ job, health, error }) => `  ${health.padEnd(7)} ${job}${error === '' ? '' : `: ${error}`}`)
}

// A rollback brings the values of its revision; only an upgrade by the scripts brings these.
function formatFuture(jobs: readonly JobState[], { folder, release, valuesEdited }: LivePaths): string[] {
  const values = `${folder}/prometheus.values.yaml`
  if (valuesEdited) {
    return [
      `! ${values} was changed by hand and is kept: unless the jobs are in it, the next helm upgrade of ${release} drops them`,
    ]
  }
  const kept = jobs.some(({ state }) => state !== 'removed')
  return [
    `The next helm upgrade or rollback of ${release} writes its own text over this configmap, hand edits included.`,
    kept
      ? `With ${folder}/upgrade.sh zprom's jobs are in it again: ${values} has them.`
      : `With ${folder}/upgrade.sh what was removed stays away: ${values} has it no longer.`,
  ]
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ')
}
