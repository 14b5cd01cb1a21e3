import type { JobHealth, Reload } from '../model/live.js'
import type { KubeAccess, KubeFailure } from '../tools/kubectl.js'
import {
  type Answer,
  type LogLine,
  loadState,
  runningPods,
  sidecarLog,
  type TargetHealth,
  targetHealth,
} from '../tools/kubectl-prometheus.js'

/** What is watched, and by which clock. */
export type Watch = {
  readonly access: KubeAccess
  readonly release: string
  /** Name of the Deployment and of the Service. */
  readonly server: string
  /** It listens on the overlay alone, so the API server cannot ask it. */
  readonly dark: boolean
  /** Jobs that it should scrape after the reload. */
  readonly jobs: readonly string[]
  readonly waitMs: number
  readonly now: () => number
  readonly signal: AbortSignal
  readonly pause: () => Promise<unknown>
  readonly say: (text: string) => void
}

/** Where things stand before an edit, to tell its reload from an earlier one. */
export type Loaded = {
  readonly logTime: string | undefined
  readonly loadedAt: string | undefined
  readonly wasBad: boolean
}

/** What runs before the edit, as far as it can be known. Never throws for what the cluster refuses. */
export async function whatIsLoaded({ access, server, dark }: Watch): Promise<Loaded> {
  const [log, state] = await Promise.all([
    sidecarLog(access, server, undefined),
    dark ? undefined : loadState(access, server),
  ])
  return {
    logTime: log.failure === undefined ? log.value.at(-1)?.time : undefined,
    loadedAt: state?.failure === undefined ? state?.value.loadedAt : undefined,
    wasBad: state?.failure === undefined && state?.value.successful === false,
  }
}

/**
 * Waits until Prometheus took the new configuration, or refused it, by its own word or its sidecar's; then until it tried
 * each job once. A kubelet takes a minute or two to bring a ConfigMap into a pod.
 */
export async function watchReload(watch: Watch, before: Loaded): Promise<Reload> {
  const { access, now, signal, waitMs, say, release } = watch
  const begun = now()
  const deadline = begun + waitMs
  const pods = await runningPods(access, release)
  if (pods.failure === undefined && pods.value.length === 0) return { state: 'no-pod' }
  say(`waiting up to ${Math.round(waitMs / 1000)} s for the reload; the cluster needs a minute or two for it`)
  for (;;) {
    const seen = await look(watch, before)
    if (seen.state === 'failed') return seen
    if (seen.state === 'reloaded') return { state: 'reloaded', jobs: await untilTried(watch, deadline) }
    if (now() >= deadline || signal.aborted || seen.isHopeless) {
      return { state: 'not-seen', waitedMs: Math.min(waitMs, now() - begun), reasons: seen.reasons }
    }
    await watch.pause()
  }
}

type Seen =
  | { readonly state: 'reloaded' }
  | { readonly state: 'failed'; readonly detail: string }
  | { readonly state: 'nothing'; readonly reasons: readonly string[]; readonly isHopeless: boolean }

async function look(watch: Watch, before: Loaded): Promise<Seen> {
  const { access, server, dark } = watch
  const [log, state] = await Promise.all([
    // Without a last line to begin after, everything is new.
    sidecarLog(access, server, before.logTime ?? '1970-01-01T00:00:00Z'),
    dark ? undefined : loadState(access, server),
  ])
  const told = (log.failure === undefined ? readLog(log.value) : undefined) ?? readState(state, before)
  if (told !== undefined) return told
  const failures = [log.failure, state?.failure].filter(failure => failure !== undefined)
  const sources = dark ? 1 : 2
  return {
    state: 'nothing',
    reasons: [
      ...reason('the log of the sidecar cannot be read', log.failure),
      ...reason('Prometheus cannot be asked', state?.failure),
      ...(before.wasBad ? ['Prometheus had refused the configuration before this edit already'] : []),
    ],
    isHopeless: failures.length === sources && failures.every(({ kind }) => kind === 'forbidden'),
  }
}

/** What the lines of the sidecar since an edit say of its reload; the last word counts. */
export function readLog(lines: readonly LogLine[]): Exclude<Seen, { state: 'nothing' }> | undefined {
  const last = lines.findLast(({ text }) => /successfully triggered reload|retries exhausted/i.test(text))
  if (last === undefined) return undefined
  if (/successfully/i.test(last.text)) return { state: 'reloaded' }
  const cause = lines.findLast(({ text }) => /error:/i.test(text) && !/retries exhausted/i.test(text)) ?? last
  return { state: 'failed', detail: cause.text.replace(/^.*?error:\s*/i, '').trim() }
}

function readState(state: Awaited<ReturnType<typeof loadState>> | undefined, before: Loaded) {
  if (state === undefined || state.failure !== undefined) return undefined
  const { successful, loadedAt } = state.value
  if (!successful) return before.wasBad ? undefined : ({ state: 'failed', detail: 'Prometheus refused it' } as const)
  return before.loadedAt !== undefined && loadedAt !== before.loadedAt ? ({ state: 'reloaded' } as const) : undefined
}

// A target is tried within its interval; one that is down stays so, and that is known as well.
async function untilTried(watch: Watch, deadline: number): Promise<JobHealth[]> {
  const { access, server, dark, jobs, now, signal } = watch
  if (dark || jobs.length === 0) return []
  for (;;) {
    const targets: Answer<readonly TargetHealth[]> = await targetHealth(access, server)
    if (targets.failure !== undefined) return []
    const healths = jobs.map(job => targets.value.find(target => target.job === job) ?? unknown(job))
    if (now() >= deadline || signal.aborted || healths.every(({ health }) => health !== 'unknown')) return healths
    await watch.pause()
  }
}

function unknown(job: string): JobHealth {
  return { job, health: 'unknown', error: 'not tried yet' }
}

function reason(what: string, failure: KubeFailure | undefined): string[] {
  return failure === undefined ? [] : [`${what}: ${failure.said}`]
}
