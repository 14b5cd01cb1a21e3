import type { SpecProblem } from '../errors.js'
import { expandSpec } from '../expand/index.js'
import { workloadNames } from '../expand/names.js'
import { collisions, isUnambiguous } from './collisions.js'
import { type Duplicate, duplicateItems } from './duplicates.js'
import { clusterName, maxHostLength, workloadName } from './names.js'
import { darkProblems, placeProblems } from './places.js'
import { field, type NamedItem, namedItems, namePath } from './raw.js'
import {
  type Cluster,
  clusterSchema,
  developerSchema,
  releasesSchema,
  type Spec,
  type Target,
  targetSchema,
  workloadsSchema,
} from './schema.js'
import { scrapeProblems } from './scrapes.js'
import { type Path, problemAt, type Source } from './source.js'
import { quoted } from './text-rule.js'

const hostsKnowNoCase = 'intercept addresses are DNS names, which know no upper and lower case'
const filesKnowNoCase = 'their files would be one where file names know no upper and lower case'

/**
 * What no single value shows: items that get into each other's way. Reads raw data, so that a mistake elsewhere in the
 * file hides nothing; `spec` is the same data where there is none.
 */
export function crossProblems(source: Source, data: unknown, spec: Spec | undefined): SpecProblem[] {
  const clusters = namedItems(field(data, 'clusters'), ['clusters'])
  const developers = namedItems(field(data, 'developers'), ['developers'])
  const targets = namedItems(field(data, 'targets'), ['targets'])
  const workloads = clusters.filter(({ name }) => clusterName.judge(name) === undefined).flatMap(workloadsOf)
  const twice = [
    ...duplicateItems(clusters, 'cluster', hostsKnowNoCase),
    ...duplicateItems(targets, 'target', hostsKnowNoCase),
    ...duplicateItems(developers, 'developer', filesKnowNoCase),
    ...clusters.flatMap(cluster => duplicateItems(workloadsOf(cluster), 'workload', hostsKnowNoCase)),
  ]
  return [
    ...overlayProblems(source, field(data, 'overlay')),
    ...twice.map(({ item, message }) => problemAt(source, namePath(item), { message })),
    ...clusters.flatMap(cluster => releaseProblems(source, cluster, spec?.clusters[indexOf(cluster)])),
    ...clusters.flatMap(cluster => darkProblems(source, cluster)),
    ...workloads.flatMap(workload => hostProblems(source, workload)),
    ...placeProblems(source, clusters),
    ...(spec === undefined ? [] : scrapeProblems(source, data, spec)),
    ...(spec !== undefined && twice.length === 0 && isUnambiguous(expandSpec(spec)) ? [] : colliding()),
  ]

  // Looks at each item by itself: with many of them it takes as long as all the rest.
  function colliding(): SpecProblem[] {
    const once = withoutDuplicates(twice)
    return collisions({
      clusters: once(clusters).flatMap(one => validCluster(one, spec?.clusters[indexOf(one)])),
      workloads: once(workloads).flatMap(one => validWorkload(one, spec?.clusters[indexOf(one)])),
      targets: once(targets).flatMap(one => validTarget(one, spec?.targets[indexOf(one)])),
      local: field(data, 'local') === undefined ? [] : [localOf(data)],
      developers: once(developers).flatMap(validDeveloper),
    }).map(({ path, message }) => problemAt(source, path, { message }))
  }
}

type NamedWorkload = NamedItem & { readonly cluster: string }

function workloadsOf(cluster: NamedItem): NamedWorkload[] {
  const list = field(cluster.item, 'workloads') ?? ['reflect']
  const items = namedItems(list, [...cluster.path, 'workloads'])
  return items.map(item => ({ ...item, cluster: cluster.name }))
}

// Drops duplicates and, with a cluster, its workloads.
function withoutDuplicates(twice: readonly Duplicate[]) {
  const paths = twice.map(({ item }) => item.path)
  const isTwice = (path: Path) => paths.some(twin => twin.every((step, index) => path[index] === step))
  return <T extends NamedItem>(items: readonly T[]) => items.filter(({ path }) => !isTwice(path))
}

function overlayProblems(source: Source, overlay: unknown): SpecProblem[] {
  if (field(overlay, 'controller') === undefined || field(overlay, 'profile') === undefined) return []
  const message = '`controller` and `profile` are both there, and either says where the controller is'
  return [problemAt(source, ['overlay', 'profile'], { message, suggestion: 'Remove one of the two.' })]
}

// Only releases that are installed: a dark Prometheus has no ziti-host.
function releaseProblems(source: Source, { path, item }: NamedItem, known: Cluster | undefined): SpecProblem[] {
  const releases = known?.releases ?? releasesSchema.safeParse(field(item, 'releases')).data
  if (releases === undefined) return []
  const { prometheus, reflect, zitiHost } = releases
  const installed = { prometheus, reflect, ...(field(item, 'prometheus') === 'dark' ? {} : { zitiHost }) }
  const names = Object.entries(installed).map(([key, name]) => ({ path: [...path, 'releases', key], name, item: name }))
  const twice = duplicateItems(names, 'release', 'helm knows no upper case')
  return twice.map(({ item, message }) => problemAt(source, item.path, { message }))
}

function hostProblems(source: Source, workload: NamedWorkload): SpecProblem[] {
  const host = workloadNames(workload.cluster, workload.name).scrapeHost
  if (host.length <= maxHostLength || workloadName.judge(workload.name) !== undefined) return []
  const message = `the intercept address ${quoted(host)} would be ${host.length} characters long, where DNS allows ${maxHostLength}`
  return [problemAt(source, namePath(workload), { message, suggestion: 'Choose a shorter name.' })]
}

function indexOf({ path }: NamedItem): number {
  return Number(path[1])
}

// Names alone decide whether items collide, so the rest of an item may be wrong. With nothing wrong the values are known.
function validCluster(cluster: NamedItem, known: Cluster | undefined) {
  if (known !== undefined) return [{ path: namePath(cluster), value: known }]
  const parsed = clusterSchema.safeParse({ name: cluster.name, prometheus: field(cluster.item, 'prometheus') })
  return parsed.success ? [{ path: namePath(cluster), value: parsed.data }] : []
}

function validWorkload(workload: NamedWorkload, of: Cluster | undefined) {
  const known = of?.workloads.filter(({ name }) => name === workload.name)
  const [value] = known ?? workloadsSchema.safeParse([workload.name]).data ?? []
  return value === undefined ? [] : [{ path: namePath(workload), cluster: workload.cluster, value }]
}

function validTarget(target: NamedItem, known: Target | undefined) {
  if (known !== undefined) return [{ path: namePath(target), value: known }]
  const parsed = targetSchema.safeParse({ name: target.name, address: 'h:1', hostedBy: 'h' })
  return parsed.success ? [{ path: namePath(target), value: parsed.data }] : []
}

function localOf(data: unknown) {
  return { path: ['local'], value: { dark: field(field(data, 'local'), 'dark') === true } }
}

function validDeveloper(developer: NamedItem) {
  const parsed = developerSchema.safeParse({ name: developer.name, enroll: field(developer.item, 'enroll') === true })
  return parsed.success ? [{ path: namePath(developer), value: parsed.data }] : []
}
