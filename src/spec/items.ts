import { isDeepStrictEqual } from 'node:util'
import { defaultClients } from '../expand/names.js'
import {
  type Cluster,
  type ClusterInput,
  clusterSchema,
  type DeveloperInput,
  type Local,
  type LocalInput,
  localSchema,
  type ScrapeInput,
  type Target,
  type TargetInput,
  targetSchema,
  workloadsSchema,
} from './schema.js'

/** A cluster as an edit writes it: without what is the default anyway. */
export function clusterItem(cluster: ClusterInput): Record<string, unknown> {
  const { name, prometheus, ...rest } = cluster
  const defaults = clusterSchema.parse({ name: 'x', prometheus: 'dark' })
  const releases = differing(rest.releases ?? {}, defaults.releases)
  const workloads = isDeepStrictEqual(normalWorkloads(rest.workloads), defaults.workloads) ? undefined : rest.workloads
  return {
    name,
    prometheus,
    ...differing({ namespace: rest.namespace }, defaults),
    ...(Object.keys(releases).length === 0 ? {} : { releases }),
    ...(workloads === undefined ? {} : { workloads }),
    ...scrapesOf(rest),
  }
}

function scrapesOf({ scrape }: Pick<ClusterInput, 'scrape'>): Record<string, unknown> {
  return scrape === undefined ? {} : { scrape: scrape.map(scrapeItem) }
}

/** A developer as an edit writes it. */
export function developerItem({ name, enroll }: DeveloperInput): Record<string, unknown> {
  return enroll === true ? { name, enroll } : { name }
}

/** How a cluster of a spec differs from what is asked for, in words that follow "is there"; only what is asked counts. */
export function clusterDifferences(there: Cluster, asked: ClusterInput): string[] {
  const releases = Object.keys(differing(asked.releases ?? {}, there.releases))
  const workloads = normalWorkloads(asked.workloads)
  return [
    ...(there.prometheus === asked.prometheus ? [] : [`as ${there.prometheus}`]),
    ...(asked.namespace === undefined || asked.namespace === there.namespace
      ? []
      : [`in namespace ${there.namespace}`]),
    ...releases.map(key => `with release ${key}: ${Object.entries(there.releases).find(([one]) => one === key)?.[1]}`),
    ...(workloads === undefined || isDeepStrictEqual(workloads, there.workloads)
      ? []
      : [`with workloads ${there.workloads.map(workload => workload.name).join(', ') || 'none'}`]),
  ]
}

/** The local Prometheus as an edit writes it. */
export function localItem({
  dark,
  port,
  scrape,
}: Pick<LocalInput, 'dark' | 'port' | 'scrape'>): Record<string, unknown> {
  return { ...differing({ dark, port }, localSchema.parse({})), ...scrapesOf({ scrape }) }
}

/** How the local Prometheus of a spec differs from what is asked for, in words that follow "is there". */
export function localDifferences(there: Local, asked: Pick<LocalInput, 'dark' | 'port'>): string[] {
  return [
    ...(asked.dark === undefined || asked.dark === there.dark ? [] : [`with dark: ${there.dark}`]),
    ...(asked.port === undefined || asked.port === there.port ? [] : [`with port: ${there.port}`]),
  ]
}

/** A target as an edit writes it. */
export function targetItem({ name, address, hostedBy, ...rest }: TargetInput): Record<string, unknown> {
  const defaults = targetSchema.parse({ name: 'x', address: 'h:1', hostedBy: 'h' })
  return { name, address, hostedBy, ...differing(rest, { ...defaults, clients: defaultClients(name) }) }
}

/** How a target of a spec differs from what is asked for, in words that follow "is there". */
export function targetDifferences(there: Target, asked: TargetInput): string[] {
  const values = new Map<string, unknown>(Object.entries(there))
  return Object.keys(differing(asked, there)).map(key => `with ${key}: ${values.get(key) ?? 'none'}`)
}

/** A scrape as an edit writes it: a word, unless there is more to say. */
export function scrapeItem(scrape: ScrapeInput): string | Record<string, unknown> {
  if (typeof scrape === 'string') return scrape
  const { target, federate, job, interval } = scrape
  const more = differing({ federate, job, interval }, { federate: false })
  return Object.keys(more).length === 0 ? target : { target, ...more }
}

// What is given and is not the same there.
function differing(given: Readonly<Record<string, unknown>>, there: object): Record<string, unknown> {
  const same = new Map<string, unknown>(Object.entries(there))
  return Object.fromEntries(
    Object.entries(given).filter(([key, value]) => value !== undefined && value !== same.get(key)),
  )
}

function normalWorkloads(workloads: ClusterInput['workloads']): Cluster['workloads'] | undefined {
  return workloads === undefined ? undefined : workloadsSchema.safeParse(workloads).data
}
