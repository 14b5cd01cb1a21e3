import { execa } from 'execa'
import type { PodState, PodsOfDeployment } from '../model/install.js'
import { type KubeAccess, runKubectl } from './kubectl.js'
import { withoutSecrets } from './secrets-in-output.js'

/** How waiting for a Deployment ended. */
export type Rollout =
  | { readonly state: 'complete' }
  | { readonly state: 'interrupted' }
  | { readonly state: 'failed'; readonly said: string }

/** The words that wait for a Deployment; `timeout` as kubectl has it, such as `5m`. */
export function rolloutCommand({ context, namespace }: KubeAccess, deployment: string, timeout: string): string[] {
  return [
    'kubectl',
    ...['--context', context, '--namespace', namespace],
    ...['rollout', 'status', `deployment/${deployment}`, '--timeout', timeout],
  ]
}

/** Waits until the pods of a Deployment are as it wants them. */
export async function waitForRollout(
  access: KubeAccess,
  deployment: string,
  { timeout, signal }: { readonly timeout: string; readonly signal: AbortSignal },
): Promise<Rollout> {
  const [program = 'kubectl', ...args] = rolloutCommand(access, deployment, timeout)
  const { failed, isCanceled, stderr, message } = await execa(program, args, {
    reject: false,
    stdin: 'ignore',
    env: { ...access.env, LC_ALL: 'C' },
    cancelSignal: signal,
  })
  if (!failed) return { state: 'complete' }
  if (isCanceled || signal.aborted) return { state: 'interrupted' }
  return { state: 'failed', said: (stderr.trim() || (message ?? '')).replace(/^error: /, '') }
}

/** What the pods of a Deployment say: why they do not run. Never fails: what cannot be read is left out. */
export async function describePods(access: KubeAccess, deployment: string): Promise<PodsOfDeployment> {
  const made = await read<Deployment>(access, ['get', 'deployment', deployment])
  const labels = Object.entries(made?.spec?.selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`)
  if (labels.length === 0) return { pods: [], conditions: [] }
  const found = await read<List<Pod>>(access, ['get', 'pods', '--selector', labels.join(',')])
  const pods = (found?.items ?? []).filter(pod => !isReady(pod)).slice(0, 3)
  const conditions = (made?.status?.conditions ?? []).flatMap(({ status, message }) =>
    status === 'True' || message === undefined ? [] : [message],
  )
  return { pods: await Promise.all(pods.map(pod => describePod(access, pod))), conditions }
}

async function describePod(access: KubeAccess, { metadata, status }: Pod): Promise<PodState> {
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]
  const unready = containers.filter(({ ready, state }) => ready !== true && state?.terminated?.exitCode !== 0)
  const unmet = (status?.conditions ?? []).filter(one => one.status === 'False' && one.type === 'PodScheduled')
  const events = await read<List<{ message?: string }>>(access, [
    ...['get', 'events', '--sort-by', '.lastTimestamp'],
    ...['--field-selector', `involvedObject.name=${metadata.name},type=Warning`],
  ])
  return {
    name: metadata.name,
    phase: status?.phase ?? 'Unknown',
    troubles: [...unmet.map(one => one.message ?? 'not scheduled'), ...unready.flatMap(describeContainer)],
    events: [...new Set((events?.items ?? []).flatMap(({ message }) => message ?? []))].slice(-3),
    logs: await Promise.all(unready.filter(hasRun).map(one => readLog(access, metadata.name, one))),
  }
}

function describeContainer({ name, state }: ContainerStatus): string[] {
  const { waiting, terminated } = state ?? {}
  const reason = waiting?.reason ?? terminated?.reason
  if (reason === undefined) return []
  const message = waiting?.message ?? terminated?.message
  const code = terminated?.exitCode === undefined ? '' : ` (exit code ${terminated.exitCode})`
  return [`container ${name}: ${reason}${code}${message === undefined ? '' : `: ${withoutSecrets(message.trim())}`}`]
}

// One that waits to start again said why it ended before.
async function readLog(access: KubeAccess, pod: string, { name, state, restartCount }: ContainerStatus) {
  const previous = state?.waiting !== undefined && (restartCount ?? 0) > 0 ? ['--previous'] : []
  const log = await runKubectl(access, ['logs', pod, '--container', name, '--tail', '10', ...previous])
  const text = 'stdout' in log ? withoutSecrets(log.stdout).trimEnd() : `(no log: ${log.failure.said})`
  return { container: name, lines: text === '' ? [] : text.split('\n') }
}

function hasRun({ state, restartCount }: ContainerStatus): boolean {
  return state?.running !== undefined || state?.terminated !== undefined || (restartCount ?? 0) > 0
}

function isReady({ status }: Pod): boolean {
  return (status?.conditions ?? []).some(({ type, status: value }) => type === 'Ready' && value === 'True')
}

async function read<T>(access: KubeAccess, args: readonly string[]): Promise<T | undefined> {
  const answer = await runKubectl(access, [...args, '--output', 'json'])
  return 'stdout' in answer && answer.stdout !== undefined ? (JSON.parse(answer.stdout) as T) : undefined
}

// As much of the API's objects as is looked at; all of it may be missing.
type List<T> = { readonly items?: readonly T[] }
type Condition = { readonly type?: string; readonly status?: string; readonly message?: string }
type Deployment = {
  readonly spec?: { readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> } }
  readonly status?: { readonly conditions?: readonly Condition[] }
}
type ContainerStatus = {
  readonly name: string
  readonly ready?: boolean
  readonly restartCount?: number
  readonly state?: {
    readonly running?: object
    readonly waiting?: { readonly reason?: string; readonly message?: string }
    readonly terminated?: { readonly reason?: string; readonly message?: string; readonly exitCode?: number }
  }
}
type Pod = {
  readonly metadata: { readonly name: string }
  readonly status?: {
    readonly phase?: string
    readonly conditions?: readonly Condition[]
    readonly initContainerStatuses?: readonly ContainerStatus[]
    readonly containerStatuses?: readonly ContainerStatus[]
  }
}
