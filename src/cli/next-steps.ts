import { deploymentsOf } from '../expand/index.js'
import { helmReleases } from '../render/index.js'
import type { Spec } from '../spec/schema.js'
import { type SpecFile, shownPath } from './workspace.js'

/** What a person does next with a cluster: install it, give people access, prove it. */
export function formatNextSteps(spec: Spec, file: SpecFile, name: string): string {
  const cluster = deploymentsOf(spec).clusters.find(one => one.name === name)
  if (cluster === undefined) return ''
  const releases = helmReleases(cluster).map(({ release }) => release.name)
  const token = cluster.zitiHost?.secret === undefined ? cluster.zitiHost?.path : undefined
  return [
    '',
    `Next, install ${releases.join(', ')} into ${name} (namespace ${cluster.namespace}):`,
    `  zprom install ${name}${cluster.context === undefined ? ' --context CONTEXT' : ''}`,
    `  or, anywhere: ${shownPath(file, spec, `${name}/install.sh`)}`,
    ...(token === undefined ? [] : [`  ${shownPath(file, spec, token)} is a one-time token: use it soon`]),
    ...(spec.developers.length === 0 ? ['zprom dev-identity dev.client   gives a person access'] : []),
    'zprom verify                    proves that every identity sees its services',
  ].join('\n')
}
