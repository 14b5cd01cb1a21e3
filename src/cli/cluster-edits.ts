import { deploymentsOf, scrapersOf } from '../expand/index.js'
import type { Release } from '../model/deployment.js'
import type { Plan } from '../model/plan.js'
import { shellCommand } from '../render/index.js'
import { removeCluster } from '../spec/edit-clusters.js'
import { parseSpec } from '../spec/parse.js'
import type { Spec } from '../spec/schema.js'
import { suggestWord } from '../spec/suggest.js'
import { requireText, type SpecFile } from './workspace.js'

/** A scrape job that goes with a cluster. */
export type DroppedJob = { readonly reader: string; readonly target: string; readonly job: string }

/** A spec without a cluster, and what goes with it. */
export type ClusterRemoval = {
  readonly text: string
  /** What the text says. */
  readonly spec: Spec
  readonly wasKnown: boolean
  /** Jobs of others that scraped it. */
  readonly dropped: readonly DroppedJob[]
  /** Targets that an identity of the cluster hosts: they stay, and so does the identity. */
  readonly stranded: readonly { readonly target: string; readonly hostedBy: string }[]
  /** Commands that take it out of Kubernetes. */
  readonly uninstall: readonly string[]
}

/** A spec without a cluster, its scrapes by others included. Throws SpecError, UsageError. */
export function editOutCluster(file: SpecFile, name: string): ClusterRemoval {
  const before = requireText(file)
  const spec = parseSpec(before, file.shown)
  const text = removeCluster(before, name, file.shown).text
  const after = parseSpec(text, file.shown)
  const prefix = `${name}.`
  return {
    text,
    spec: after,
    wasKnown: spec.clusters.some(cluster => cluster.name === name),
    dropped: droppedJobs(spec, after).filter(({ reader }) => reader !== name),
    stranded: after.targets
      .filter(({ hostedBy }) => hostedBy.startsWith(prefix))
      .map(({ name: target, hostedBy }) => ({ target, hostedBy })),
    uninstall: uninstallLines(spec, name),
  }
}

/** That a spec has no such cluster: an earlier run took it out, or it is another name that was meant. */
export function describeUnknown({ shown }: SpecFile, name: string, { spec }: ClusterRemoval): string {
  const known = spec.clusters.map(cluster => cluster.name)
  const suggestion = known.length === 0 ? '' : ` ${suggestWord(name, known)}`
  return `${shown} has no cluster "${name}".${suggestion}`
}

/** What goes with a cluster, for a person who has not agreed yet. */
export function formatDropped({ dropped, stranded }: ClusterRemoval): string[] {
  return [
    ...dropped.map(({ reader, target, job }) => `${reader} no longer scrapes ${target} (job ${job})`),
    ...stranded.map(({ target, hostedBy }) => `${target} is hosted by ${hostedBy}, which stays for it`),
    ...(dropped.length + stranded.length > 0 ? [''] : []),
  ]
}

/**
 * What the local Prometheus loses, when its list follows from the clusters, with those that left the spec and are deleted.
 * Another list is a person's, and a spec whose lists name what is gone is refused.
 */
export function formatLostTargets({ steps }: Plan, { clusters, local }: Spec): string[] {
  if (local === undefined || local.scrape !== undefined) return []
  const left = new Set(clusters.map(({ name }) => `cluster/${name}`))
  const lost = steps.flatMap(({ change }) => {
    if (change.action !== 'delete' || change.before.kind !== 'identity') return []
    const { name, owner } = change.before
    const origin = owner?.origin ?? ''
    const isTarget = origin.startsWith('cluster/') && !left.has(origin) && !name.endsWith('.ziti.id')
    return isTarget ? [name.replace(/\.id$/, '')] : []
  })
  if (lost.length === 0) return []
  return [`local no longer scrapes ${lost.toSorted().join(', ')}; once this is applied: zprom local up`]
}

/** What is left to do beyond the overlay; and there, when its entities were kept. */
export function formatAfterRemoval(name: string, { dropped, uninstall }: ClusterRemoval, isKept: boolean): string {
  const readers = [...new Set(dropped.map(({ reader }) => reader))]
  const lines = [
    ...readers.map(reader => (reader === 'local' ? '  zprom local up' : `  zprom install ${reader}`)),
    ...uninstall.map(line => `  ${line}`),
    ...(isKept ? [`  zprom remove cluster ${name} --accept delete-identities`] : []),
  ]
  return lines.length === 0 ? '' : ['', `Next, to have nothing of ${name} left:`, ...lines].join('\n')
}

function droppedJobs(before: Spec, after: Spec): DroppedJob[] {
  const left = new Set(scrapersOf(after).flatMap(({ name, jobs }) => jobs.map(job => keyOf(name, job.target.name))))
  return scrapersOf(before).flatMap(({ name, jobs }) =>
    jobs
      .filter(({ target }) => !left.has(keyOf(name, target.name)))
      .map(job => ({ reader: name, target: job.target.name, job: job.name })),
  )
}

function keyOf(reader: string, target: string): string {
  return `${reader} ${target}`
}

function uninstallLines(spec: Spec, name: string): string[] {
  const deployment = deploymentsOf(spec).clusters.find(cluster => cluster.name === name)
  if (deployment === undefined) return []
  const { prometheus, reflect, zitiHost, namespace, context } = deployment
  const releases = [prometheus.release, reflect?.release, zitiHost?.release].filter(isRelease)
  return releases.map(release => {
    const where = ['--kube-context', context ?? 'CONTEXT', '--namespace', namespace]
    return shellCommand([['helm', 'uninstall', release.name, ...where]])
  })
}

function isRelease(release: Release | undefined): release is Release {
  return release !== undefined
}
