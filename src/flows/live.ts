import { setTimeout as sleep } from 'node:timers/promises'
import { Interrupted, ToolError } from '../errors.js'
import { diffConfigs } from '../live/diff.js'
import { type Merged, mergeJobs } from '../live/merge.js'
import type { ClusterDeployment } from '../model/deployment.js'
import type { JobState, LiveReport, Reload } from '../model/live.js'
import type { ScrapeJob } from '../model/scrape.js'
import { configMapMark, ownerInConfigMap } from '../render/index.js'
import { clusterIdentityFile, scrapeJob } from '../render/jobs.js'
import type { Listener } from '../report/events.js'
import type { KubeAccess } from '../tools/kubectl.js'
import { type ConfigMap, readConfigMap, textOf, writeConfigMap } from '../tools/kubectl-configmap.js'
import { type Watch, watchReload, whatIsLoaded } from './live-watch.js'
import { refuseForeign, refuseUnmarked } from './owner.js'

/** What to bring about in the running configuration of one cluster. */
export type LiveRequest = {
  readonly cluster: ClusterDeployment
  /** The kube context; the namespace is that of the cluster. */
  readonly context: string
  /** Jobs that should be there; usually all of `cluster.scraper.jobs`. */
  readonly wanted: readonly ScrapeJob[]
  /** Services that should not be scraped any more, except by jobs that are wanted. */
  readonly gone: readonly string[]
  /** How long to watch for the reload; 0 for not at all. */
  readonly waitMs: number
}

/** What a person is shown before anything is written. */
export type LivePreview = {
  readonly cluster: string
  readonly context: string
  readonly namespace: string
  readonly configMap: string
  readonly jobs: readonly JobState[]
  readonly diff: string
}

/** What an edit of a running configuration needs of whoever asks for it; times in milliseconds. */
export type LiveDeps = {
  /** Shown the change before it is written; false leaves everything as it is. Not asked when nothing changes. */
  readonly confirm: (preview: LivePreview) => Promise<boolean>
  readonly listener: Listener
  readonly now: () => number
  readonly signal: AbortSignal
  /** Added to the environment of kubectl. */
  readonly env?: Readonly<Record<string, string>>
  /** Between two looks for the reload. */
  readonly pollMs?: number
}

/** The key of the configuration in the chart's ConfigMap. */
export const configKey = 'prometheus.yml'

const attemptsAtMost = 5

/**
 * Brings the running configuration of a cluster's Prometheus up to date, with optimistic locking: what somebody else
 * writes meanwhile stays, and is merged with. Then watches for the reload. Throws LiveConfigError when the configuration
 * cannot be edited, ToolError when the cluster cannot be; after the edit nothing is thrown any more.
 */
export async function applyLive(request: LiveRequest, deps: LiveDeps): Promise<LiveReport> {
  const { cluster, context, waitMs } = request
  const access: KubeAccess = { context, namespace: cluster.namespace, ...(deps.env !== undefined && { env: deps.env }) }
  const report = { cluster: cluster.name, configMap: cluster.prometheus.server, context }
  let agreed: readonly JobState[] | undefined
  for (let attempts = 1; attempts <= attemptsAtMost; attempts++) {
    if (deps.signal.aborted)
      throw new Interrupted('interrupted; the configuration in the cluster was not changed', null)
    const { before, configMap, merged } = await readAndMerge(access, request)
    const { jobs } = merged
    if (merged.text === before) return { ...report, edit: 'unchanged', jobs, attempts, reload: notWatched }
    if (!isSame(agreed, jobs) && !(await deps.confirm(previewOf(request, before, merged)))) {
      return { ...report, edit: 'declined', jobs, attempts, reload: notWatched }
    }
    agreed = jobs
    const watch = watchOf(access, request, deps)
    const loaded = waitMs > 0 ? await whatIsLoaded(watch) : undefined
    if ((await writeConfigMap(access, configMap, configKey, merged.text)) === 'written') {
      const reload = loaded === undefined ? notWatched : await watchReload(watch, loaded)
      return { ...report, edit: 'written', jobs, attempts, reload }
    }
    deps.listener({
      type: 'waiting',
      text: `somebody else changed configmap ${report.configMap} meanwhile; merging again`,
    })
  }
  throw new ToolError(
    `configmap ${report.configMap} was changed by somebody else each of the ${attemptsAtMost} times that zprom tried; nothing was written`,
    `kubectl replace configmap ${report.configMap}`,
    'look what else edits it, then run the same command again',
  )
}

/** Makes sure that an edit would be possible as things stand; reads only. Throws as `applyLive` does. */
export async function examineLive(request: MergeRequest, env?: LiveDeps['env']): Promise<void> {
  const { cluster, context } = request
  await readAndMerge({ context, namespace: cluster.namespace, ...(env !== undefined && { env }) }, request)
}

const notWatched: Reload = { state: 'not-watched' }

type MergeRequest = Pick<LiveRequest, 'cluster' | 'context' | 'wanted' | 'gone'>

async function readAndMerge(access: KubeAccess, { cluster, context, wanted, gone }: MergeRequest) {
  const { namespace, prometheus, form } = cluster
  const configMap: ConfigMap = await readConfigMap(access, prometheus.server)
  const found = {
    what: `configmap ${prometheus.server}`,
    context,
    command: `kubectl get configmap ${prometheus.server}`,
  }
  const owner = ownerInConfigMap(configMap.data[configMapMark])
  if (owner === undefined) refuseUnmarked(cluster, found)
  refuseForeign(cluster, owner, found)
  const before = textOf(configMap, configKey)
  const place = {
    file: `${prometheus.server}/${configKey}`,
    howToEdit: `kubectl --context ${context} --namespace ${namespace} edit configmap ${prometheus.server}`,
  }
  const jobs = wanted.map(job => scrapeJob(job, form, clusterIdentityFile))
  return { before, configMap, merged: mergeJobs(before, { wanted: jobs, gone }, place) }
}

function previewOf({ cluster, context }: LiveRequest, before: string, merged: Merged): LivePreview {
  const { name, namespace, prometheus } = cluster
  const place = { cluster: name, context, namespace, configMap: prometheus.server }
  return { ...place, jobs: merged.jobs, diff: diffConfigs(before, merged.text) }
}

// What was agreed to once is not asked again because somebody else's lines moved.
function isSame(agreed: readonly JobState[] | undefined, jobs: readonly JobState[]): boolean {
  return (
    agreed !== undefined &&
    jobs.every(({ job, state }, index) => {
      return agreed[index]?.job === job && agreed[index]?.state === state
    })
  )
}

function watchOf(access: KubeAccess, { cluster, wanted, waitMs }: LiveRequest, deps: LiveDeps): Watch {
  const { release, server } = cluster.prometheus
  return {
    access,
    release: release.name,
    server,
    dark: cluster.dark,
    jobs: wanted.map(({ name }) => name),
    waitMs,
    now: deps.now,
    signal: deps.signal,
    pause: () => sleep(deps.pollMs ?? 2000, undefined, { signal: deps.signal }).catch(() => undefined),
    say: text => deps.listener({ type: 'waiting', text }),
  }
}
