import { Flags } from '@oclif/core'
import { UsageError } from '../errors.js'
import type { ClusterDeployment, Deployments } from '../model/deployment.js'
import { chooseContext } from './kube-context.js'

const defaultWait = '120s'

/** Flags of the commands that may edit what runs in clusters. */
export const liveFlags = {
  live: Flags.boolean({
    description:
      'Edit the running configuration in the clusters too, after showing the change, and watch for the reload',
  }),
  wait: Flags.string({
    description: 'How long to watch for the reload with --live, such as 90s or 5m; 0 for not at all',
    dependsOn: ['live'],
    defaultHelp: async () => defaultWait,
  }),
  context: Flags.string({
    description: 'The kube context for --live, unless the spec names one for the cluster',
    dependsOn: ['live'],
  }),
}

/** What `--live` and the flags that go with it were given. */
export type LiveFlags = {
  readonly live: boolean
  readonly wait?: string | undefined
  readonly context?: string | undefined
}

/** A cluster whose running configuration is to be edited, and the way there. */
export type LiveTarget = { readonly cluster: ClusterDeployment; readonly context: string }

/** The clusters among `names`, each with its context. UsageError when that cannot be told; so ask before anything is done. */
export async function liveTargets(
  flags: LiveFlags,
  { clusters }: Deployments,
  names: readonly string[],
): Promise<LiveTarget[]> {
  const meant = clusters.filter(({ name }) => names.includes(name))
  if (meant.length === 0) {
    throw new UsageError('--live edits what runs in clusters, and no cluster is meant here', 'leave --live out')
  }
  waitMsOf(flags)
  const { context } = flags
  if (context !== undefined && meant.length > 1) {
    throw new UsageError(
      `--context names one context for ${meant.map(({ name }) => name).join(' and ')}`,
      'write `context:` below each cluster in the spec instead',
    )
  }
  return Promise.all(meant.map(async cluster => ({ cluster, context: await chooseContext(cluster, context) })))
}

/** `--wait` in milliseconds. */
export function waitMsOf({ wait = defaultWait }: Pick<LiveFlags, 'wait'>): number {
  const [, count, unit = ''] = /^(\d{1,5})(ms|s|m|h)$/.exec(wait) ?? []
  if (wait === '0') return 0
  if (count === undefined)
    throw new UsageError(`--wait ${wait} is no time span`, 'write --wait 90s, --wait 5m or --wait 0')
  return Number(count) * ({ ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[unit] ?? 0)
}
