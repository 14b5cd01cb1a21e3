// What a Prometheus in a cluster and its sidecar say of themselves, as far as the API server passes it on.
import { type KubeAccess, type KubeFailure, runKubectl } from './kubectl.js'
import { withoutSecrets } from './secrets-in-output.js'

/** An answer, or why there is none. */
export type Answer<T> = { readonly value: T; readonly failure?: undefined } | { readonly failure: KubeFailure }

/** A line of a log with the time that the node wrote it at, which sorts as text. */
export type LogLine = { readonly time: string; readonly text: string }

/** Whether the last reload went well, and when the configuration was loaded that Prometheus runs with. */
export type LoadState = { readonly successful: boolean; readonly loadedAt: string }

/** What Prometheus says of one target of a job. */
export type TargetHealth = {
  readonly job: string
  readonly health: 'up' | 'down' | 'unknown'
  readonly error: string
}

const sidecar = 'prometheus-server-configmap-reload'

/** Names of the server's pods that run. */
export async function runningPods(access: KubeAccess, release: string): Promise<Answer<readonly string[]>> {
  const labels = `app=prometheus,component=server,release=${release}`
  const list = ['get', 'pods', '--selector', labels, '--field-selector', 'status.phase=Running', '--output', 'name']
  return answer(await runKubectl(access, list), stdout => stdout.split('\n').filter(line => line !== ''))
}

/** What the sidecar logged after a time, or else its last line. */
export async function sidecarLog(
  access: KubeAccess,
  deployment: string,
  since: string | undefined,
): Promise<Answer<readonly LogLine[]>> {
  const from = since === undefined ? '--tail=1' : `--since-time=${since}`
  const logs = ['logs', `deployment/${deployment}`, '--container', sidecar, '--timestamps', from]
  return answer(await runKubectl(access, logs), stdout =>
    withoutSecrets(stdout)
      .split('\n')
      .map(line => ({ time: line.split(' ', 1)[0] ?? '', text: line.slice(line.indexOf(' ') + 1) }))
      .filter(({ time }) => time !== '' && (since === undefined || time > since)),
  )
}

/** How the last reload went. A Prometheus that listens on the overlay alone does not answer here. */
export async function loadState(access: KubeAccess, service: string): Promise<Answer<LoadState>> {
  return answer(await ask(access, service, 'status/runtimeinfo'), stdout => {
    const data = dataOf(stdout)
    return { successful: data.reloadConfigSuccess === true, loadedAt: String(data.lastConfigTime ?? '') }
  })
}

/** Every target that it scrapes now. */
export async function targetHealth(access: KubeAccess, service: string): Promise<Answer<readonly TargetHealth[]>> {
  return answer(await ask(access, service, 'targets?state=active'), stdout => {
    const { activeTargets } = dataOf(stdout)
    return Array.isArray(activeTargets) ? activeTargets.map(decodeTarget) : []
  })
}

function ask(access: KubeAccess, service: string, path: string) {
  return runKubectl(access, [
    'get',
    '--raw',
    `/api/v1/namespaces/${access.namespace}/services/${service}:80/proxy/api/v1/${path}`,
  ])
}

function answer<T>(result: Awaited<ReturnType<typeof runKubectl>>, read: (stdout: string) => T): Answer<T> {
  if (result.failure !== undefined) return { failure: result.failure }
  try {
    return { value: read(result.stdout) }
  } catch {
    return { failure: { kind: 'other', said: 'what came is not the answer of a Prometheus' } }
  }
}

function dataOf(stdout: string): Readonly<Record<string, unknown>> {
  const { data } = JSON.parse(stdout)
  return Object.fromEntries(Object.entries(data))
}

function decodeTarget(target: unknown): TargetHealth {
  const { scrapePool, health, lastError }: Readonly<Record<string, unknown>> = Object.fromEntries(
    Object.entries(target ?? {}),
  )
  return {
    job: String(scrapePool ?? ''),
    health: health === 'up' || health === 'down' ? health : 'unknown',
    error: String(lastError ?? ''),
  }
}
