import { ToolError } from '../errors.js'
import { type KubeAccess, kubectlError, runKubectl } from './kubectl.js'

/** A ConfigMap as it was read; `object` is all of it, to be written back with the same resource version. */
export type ConfigMap = {
  readonly name: string
  readonly data: Readonly<Record<string, string>>
  readonly object: Json
}

type Json = { readonly [key: string]: unknown }

/** Reads a ConfigMap. Throws ToolError. */
export async function readConfigMap(access: KubeAccess, name: string): Promise<ConfigMap> {
  const command = `kubectl get configmap ${name}`
  const read = ['get', 'configmap', name, '--output', 'json', '--show-managed-fields']
  const result = await runKubectl(access, read)
  if (result.failure !== undefined) {
    const { kind } = result.failure
    throw kubectlError(access, command, result.failure, kind === 'not-found' ? whereIsIt(access, name) : undefined)
  }
  const object = mapOf(JSON.parse(result.stdout))
  const texts = Object.entries(mapOf(object.data)).filter((entry): entry is [string, string] => {
    return typeof entry[1] === 'string'
  })
  return { name, data: Object.fromEntries(texts), object }
}

/**
 * Writes one key, unless somebody changed the ConfigMap since it was read: then `changed`, and nothing was written.
 * Throws ToolError.
 */
export async function writeConfigMap(
  access: KubeAccess,
  { name, data, object }: ConfigMap,
  key: string,
  text: string,
): Promise<'written' | 'changed'> {
  const asHelm = helmsOwn(object, key)
  const wanted = { ...(asHelm ?? object), data: { ...(asHelm === undefined ? data : mapOf(asHelm.data)), [key]: text } }
  const verb = asHelm === undefined ? ['replace'] : ['apply', '--server-side', '--field-manager=helm']
  const result = await runKubectl(access, [...verb, '--filename', '-', '--output', 'name'], JSON.stringify(wanted))
  if (result.failure === undefined) return 'written'
  if (result.failure.kind === 'conflict') return 'changed'
  throw kubectlError(access, `kubectl ${verb[0]} configmap ${name}`, result.failure)
}

/**
 * What helm 4 applied of a ConfigMap, if the key is its alone; undefined otherwise, and for releases of helm 3. A write
 * under any other name would own the key from then on, and every later upgrade and rollback of helm 4 would stop with a
 * conflict. Applied under helm's name the edit is like one in a release of helm 3: the next upgrade writes over it.
 */
function helmsOwn(object: Json, key: string): Json | undefined {
  const metadata = mapOf(object.metadata)
  const entries = Array.isArray(metadata.managedFields) ? metadata.managedFields.map(mapOf) : []
  const owners = entries.filter(({ fieldsV1 }) => `f:${key}` in mapOf(mapOf(fieldsV1)['f:data']))
  const [owner] = owners
  if (owners.length !== 1 || owner?.manager !== 'helm' || owner.operation !== 'Apply') return undefined
  const fields = mapOf(owner.fieldsV1)
  const own = mapOf(fields['f:metadata'])
  const { name, namespace, resourceVersion, labels, annotations } = metadata
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      ...{ name, namespace, resourceVersion },
      labels: pick(labels, own['f:labels']),
      annotations: pick(annotations, own['f:annotations']),
    },
    data: pick(object.data, fields['f:data']),
  }
}

function pick(from: unknown, fields: unknown): Json {
  const names = Object.keys(mapOf(fields))
  return Object.fromEntries(Object.entries(mapOf(from)).filter(([name]) => names.includes(`f:${name}`)))
}

function mapOf(value: unknown): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {}
  return Object.fromEntries(Object.entries(value))
}

function whereIsIt({ context, namespace }: KubeAccess, name: string): string {
  return `is Prometheus installed there, in namespace ${namespace}, under the release name of the spec? Look with: kubectl --context ${context} get configmaps --all-namespaces --field-selector metadata.name=${name}`
}

/** The text under a key. Throws ToolError when the ConfigMap has no such key. */
export function textOf({ name, data }: ConfigMap, key: string): string {
  const text = data[key]
  if (text !== undefined) return text
  const keys = Object.keys(data).join(', ') || 'nothing'
  throw new ToolError(
    `the configmap ${name} has no ${key}; it has ${keys}`,
    `kubectl get configmap ${name}`,
    'it is not the one that the prometheus chart makes: look at the release name in the spec',
  )
}
