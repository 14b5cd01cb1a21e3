import { load } from 'js-yaml'
import type { ClusterDeployment } from '../model/deployment.js'

/** Whose something in a cluster is: the cluster and, where it says so, the stack of a spec. */
export type Owner = { readonly cluster: string; readonly stack?: string }

/** The key of the owner among the values of a release. */
export const valuesMark = 'zprom'

/** The key of the owner in the ConfigMap of Prometheus; among its values, below `serverFiles`. */
export const configMapMark = 'zprom.yml'

/** The owner that a cluster of a spec is. */
export function ownerOf({ name, stack }: ClusterDeployment): Required<Owner> {
  return { cluster: name, stack }
}

/**
 * Whose a release is by its values. Without the mark, as of one installed by hand, the service's name tells the cluster;
 * undefined when nothing does.
 */
export function ownerInValues(values: unknown): Owner | undefined {
  const marked = readOwner(at(values, [valuesMark])) ?? readOwner(at(values, ['serverFiles', configMapMark]))
  if (marked !== undefined) return marked
  const service = at(values, ['serviceName']) ?? at(values, ['server', 'ziti', 'service'])
  const cluster = typeof service === 'string' ? /^(.+)\.(?:reflect|prometheus)\.svc$/.exec(service)?.[1] : undefined
  return cluster === undefined ? undefined : { cluster }
}

/** Whose a ConfigMap of Prometheus is, by the text under its mark; undefined when that does not say. */
export function ownerInConfigMap(text: string | undefined): Owner | undefined {
  if (text === undefined) return undefined
  try {
    return readOwner(load(text))
  } catch {
    return undefined
  }
}

function readOwner(mark: unknown): Owner | undefined {
  const cluster = at(mark, ['cluster'])
  const stack = at(mark, ['stack'])
  if (typeof cluster !== 'string') return undefined
  return { cluster, ...(typeof stack === 'string' && { stack }) }
}

function at(data: unknown, path: readonly string[]): unknown {
  let value = data
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = Object.entries(value).find(([name]) => name === key)?.[1]
  }
  return value
}
