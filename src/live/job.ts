import { isDeepStrictEqual } from 'node:util'
import { field } from '../spec/raw.js'

/** A scrape job in either form, as render/jobs.ts makes it. */
export type Job = {
  readonly job_name: string
  readonly params?: object
  readonly static_configs: readonly { readonly targets: readonly string[] }[]
  readonly tls_config?: object
  readonly proxy_url?: string
}

// The keys that zprom writes, in each map of a job. Others are a person's additions.
const ownKeys = {
  job: [
    'job_name',
    'scrape_interval',
    'honor_labels',
    'metrics_path',
    'scheme',
    'params',
    'tls_config',
    'follow_redirects',
    'proxy_url',
    'static_configs',
  ],
  params: ['match[]', 'ziti-config'],
  tls: ['ca_file', 'server_name'],
  targets: ['targets'],
}

/** The service that a job scrapes over the overlay; undefined for one that has other targets too, or is of another kind. */
export function overlayService(job: object): string | undefined {
  const scheme = field(job, 'scheme')
  const isForFork = scheme === 'ziti' || scheme === 'zitis'
  const isStock = !isForFork && field(job, 'proxy_url') !== undefined
  if (!isForFork && !isStock) return undefined
  if (Object.keys(job).some(key => /_sd_configs?$/.test(key))) return undefined
  const [target, ...others] = targetsOf(job)
  // A stock one may have a proxy for the plain network, whose targets have no identity after a dash.
  if (isStock && !/^[^-:]+-[^:]*:\d+$/.test(target ?? '')) return undefined
  // The fork reads what is before the first colon, and of that what is before the first dash.
  return others.length > 0 ? undefined : target?.split(':')[0]?.split('-')[0]
}

/** Whether what is there under the name of a job is that job, perhaps outdated: it scrapes the same service. */
export function isSameJob(there: object, job: Job): boolean {
  const service = overlayService(there)
  return service !== undefined && service === overlayService(job)
}

/** What a job should say: what zprom says of it, and what a person added to it. */
export function updatedJob(there: object, job: Job): object {
  const { params, static_configs, tls_config, ...rest } = job
  const [target] = static_configs
  const merged = { ...additions(field(there, 'params'), ownKeys.params), ...params }
  return {
    ...rest,
    ...(Object.keys(merged).length > 0 && { params: merged }),
    ...(tls_config !== undefined && {
      tls_config: { ...additions(field(there, 'tls_config'), ownKeys.tls), ...tls_config },
    }),
    // Of a stock one, for only the person knows the token that a bridge may want in it.
    ...(rest.proxy_url !== undefined && { proxy_url: field(there, 'proxy_url') ?? rest.proxy_url }),
    static_configs: [{ ...target, ...additions(firstOf(field(there, 'static_configs')), ownKeys.targets) }],
    ...additions(there, ownKeys.job),
  }
}

/** What a job scrapes, for messages: `kubeA.reflect.scrape.svc`, or the kind of discovery that finds it. */
export function describeTargets(there: object): string {
  const targets = targetsOf(there)
  if (targets.length > 0) return targets.slice(0, 3).join(', ') + (targets.length > 3 ? ', …' : '')
  return Object.keys(there).find(key => /_sd_configs?$/.test(key)) ?? 'nothing'
}

/** One leaf to set, to get from one value to another. */
export type Leaf = { readonly path: readonly (string | number)[]; readonly value: unknown }

/** The leaves that differ; undefined when more than leaves do: something is gone, or is of another shape. */
export function differingLeaves(before: unknown, after: unknown, path: Leaf['path']): Leaf[] | undefined {
  if (isDeepStrictEqual(before, after)) return []
  if (Array.isArray(before) && Array.isArray(after)) {
    if (before.length !== after.length) return undefined
    return allOf(after.map((value: unknown, index) => differingLeaves(before[index], value, [...path, index])))
  }
  if (isMap(before) && isMap(after)) {
    if (Object.keys(before).some(key => !Object.hasOwn(after, key))) return undefined
    return allOf(
      Object.entries(after).map(([key, value]) =>
        Object.hasOwn(before, key)
          ? differingLeaves(field(before, key), value, [...path, key])
          : [{ path: [...path, key], value }],
      ),
    )
  }
  return typeof before === 'object' || typeof after === 'object' ? undefined : [{ path, value: after }]
}

function allOf(parts: readonly (Leaf[] | undefined)[]): Leaf[] | undefined {
  const known = parts.filter(part => part !== undefined)
  return known.length === parts.length ? known.flat() : undefined
}

function additions(data: unknown, own: readonly string[]): object {
  if (!isMap(data)) return {}
  return Object.fromEntries(Object.entries(data).filter(([key]) => !own.includes(key)))
}

function targetsOf(job: object): string[] {
  const groups: unknown = field(job, 'static_configs')
  if (!Array.isArray(groups)) return []
  return groups.flatMap((group: unknown) => {
    const targets: unknown = field(group, 'targets')
    return Array.isArray(targets) ? targets.map(String) : []
  })
}

function firstOf(list: unknown): unknown {
  return Array.isArray(list) ? list[0] : undefined
}

function isMap(data: unknown): data is object {
  return typeof data === 'object' && data !== null && !Array.isArray(data)
}
