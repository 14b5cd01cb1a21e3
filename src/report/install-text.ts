import type { InstallReport, PodState, PodsOfDeployment, ReleaseOutcome } from '../model/install.js'
import { counted } from './counted.js'

/** How an installation came out: a line per release, the last line counts. */
export function formatInstall({ releases, context, namespace, durationMs, interrupted }: InstallReport): string {
  const width = Math.max(...releases.map(({ release }) => release.length))
  const lines = releases.map(({ release, chart, version, result }) =>
    `${words[result].padEnd(14)} ${release.padEnd(width)}  ${chart} ${version}`.trimEnd(),
  )
  const count = (...results: ReleaseOutcome['result'][]) =>
    releases.filter(({ result }) => results.includes(result)).length
  const [installed, failed, skipped] = [count('rolled-out', 'not-waited-for'), count('failed'), count('skipped')]
  const begin = interrupted ? 'Interrupted' : failed > 0 ? 'Incomplete' : 'Done'
  const counts = [
    `${counted(installed, 'release')} installed`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ]
  const last = `${begin}: ${counts.join(', ')}; context ${context}, namespace ${namespace}, ${(durationMs / 1000).toFixed(1)} s.`
  return [...lines, '', last].join('\n')
}

const words: Readonly<Record<ReleaseOutcome['result'], string>> = {
  'rolled-out': 'running',
  'not-waited-for': 'installed',
  failed: 'failed',
  skipped: 'skipped',
}

/** What the pods of a Deployment say, line by line. */
export function formatPods(deployment: string, { pods, conditions }: PodsOfDeployment): string[] {
  if (pods.length === 0) return [...conditions, `no pod of deployment/${deployment} is there that says why`]
  return pods.flatMap(formatPod)
}

function formatPod({ name, phase, troubles, events, logs }: PodState): string[] {
  return [
    `pod ${name}: ${phase}`,
    ...troubles.map(trouble => `  ${trouble}`),
    ...events.map(event => `  event: ${event}`),
    ...logs.flatMap(({ container, lines }) =>
      lines.length === 0
        ? [`  the log of ${container} is empty`]
        : [`  log of ${container}:`, ...lines.map(line => `    ${line}`)],
    ),
  ]
}
