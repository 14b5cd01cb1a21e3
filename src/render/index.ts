import { UsageError } from '../errors.js'
import type { Artefact } from '../model/artefact.js'
import type { Deployments } from '../model/deployment.js'
import type { ScrapeForm, Scraper } from '../model/scrape.js'
import { alikePairs, scrapeText } from '../model/scrape-host.js'
import { helmScripts } from './helm-scripts.js'
import { helmValues } from './helm-values.js'
import { kubectlLines } from './kubectl-lines.js'
import { localDocker } from './local-docker.js'
import { localConfigFile, localPrometheus } from './local-prometheus.js'
import type { ClusterRenderer, LocalRenderer } from './renderer.js'
import { seal } from './seal.js'

export { type HelmRelease, helmReleases, installCommand } from './helm-commands.js'
export { valuesFile } from './helm-values.js'
export { scrapeJob } from './jobs.js'
export { dockerRunArguments, localContainer } from './local-docker.js'
export { configMapMark, type Owner, ownerInConfigMap, ownerInValues } from './owner.js'
export { isSealed } from './seal.js'
export { shellCommand } from './shell.js'
export { localConfigFile }

const clusterRenderers: readonly ClusterRenderer[] = [helmValues, helmScripts, kubectlLines]
const localRenderers: readonly LocalRenderer[] = [localPrometheus, localDocker]

/** The names under which artefacts are rendered: each cluster's, and `local`. */
export function renderableNames({ clusters, local }: Deployments): string[] {
  return [...clusters.map(({ name }) => name), ...(local === undefined ? [] : ['local'])]
}

/** The same deployments with their scrape jobs in another form. */
export function inForm({ clusters, local }: Deployments, form: ScrapeForm): Deployments {
  return {
    clusters: clusters.map(cluster => ({ ...cluster, form })),
    local: local === undefined ? undefined : { ...local, form },
  }
}

/**
 * All artefacts of the clusters named, and of the local Prometheus under `local`; each sealed. In the order of the spec.
 * Throws UsageError when a bridge could not tell two targets of a Prometheus apart.
 */
export function renderArtefacts({ clusters, local }: Deployments, names: ReadonlySet<string>): Artefact[] {
  for (const { scraper, form } of [...clusters, ...(local === undefined ? [] : [local])])
    if (form.kind === 'prometheus') refuseAlike(scraper)
  const ofClusters = clusters
    .filter(({ name }) => names.has(name))
    .flatMap(cluster => clusterRenderers.flatMap(one => one.render(cluster)))
  const ofLocal = local === undefined || !names.has('local') ? [] : localRenderers.flatMap(one => one.render(local))
  return [...ofClusters, ...ofLocal].map(artefact => ({ ...artefact, text: seal(artefact.text) }))
}

function refuseAlike({ name, jobs }: Scraper): void {
  const alike = alikePairs(jobs.map(({ target }) => target))
  if (alike === undefined) return
  const [one, other] = alike.map(({ service, identity }) => `service ${service} at ${identity || 'no identity'}`)
  throw new UsageError(
    `${name} scrapes two targets that read ${scrapeText(alike[0])}: ${one}, and ${other}`,
    'a bridge could not tell them apart; rename one of them',
  )
}
