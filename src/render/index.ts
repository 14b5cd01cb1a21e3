import type { Artefact } from '../model/artefact.js'
import type { Deployments } from '../model/deployment.js'
import { helmScripts } from './helm-scripts.js'
import { helmValues } from './helm-values.js'
import { kubectlLines } from './kubectl-lines.js'
import { localDocker } from './local-docker.js'
import { localConfigFile, localPrometheus } from './local-prometheus.js'
import type { ClusterRenderer, LocalRenderer } from './renderer.js'
import { seal } from './seal.js'

export { type HelmRelease, helmReleases, installCommand } from './helm-commands.js'
export { dockerRunArguments, localContainer } from './local-docker.js'
export { isSealed } from './seal.js'
export { shellCommand } from './shell.js'
export { localConfigFile }

const clusterRenderers: readonly ClusterRenderer[] = [helmValues, helmScripts, kubectlLines]
const localRenderers: readonly LocalRenderer[] = [localPrometheus, localDocker]

/** The names under which artefacts are rendered: each cluster's, and `local`. */
export function renderableNames({ clusters, local }: Deployments): string[] {
  return [...clusters.map(({ name }) => name), ...(local === undefined ? [] : ['local'])]
}

/** All artefacts of the clusters named, and of the local Prometheus under `local`; each sealed. In the order of the spec. */
export function renderArtefacts({ clusters, local }: Deployments, names: ReadonlySet<string>): Artefact[] {
  const ofClusters = clusters
    .filter(({ name }) => names.has(name))
    .flatMap(cluster => clusterRenderers.flatMap(one => one.render(cluster)))
  const ofLocal = local === undefined || !names.has('local') ? [] : localRenderers.flatMap(one => one.render(local))
  return [...ofClusters, ...ofLocal].map(artefact => ({ ...artefact, text: seal(artefact.text) }))
}
