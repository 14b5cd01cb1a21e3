import { ToolError } from '../errors.js'
import type { ClusterDeployment } from '../model/deployment.js'
import type { Owner } from '../render/index.js'

/** What is there under a name that zprom is about to write, and where. */
export type Found = { readonly what: string; readonly context: string; readonly command: string }

/** Refuses to touch what belongs to another cluster or another stack; fine when nothing tells whose it is. Throws ToolError. */
export function refuseForeign(
  { name, stack, namespace }: ClusterDeployment,
  owner: Owner | undefined,
  { what, context, command }: Found,
): void {
  if (owner === undefined) return
  const isOurs = owner.cluster === name && (owner.stack === undefined || owner.stack === stack)
  if (isOurs) return
  const theirs = owner.cluster === name ? `${name} of the stack ${owner.stack}` : owner.cluster
  const ours = owner.cluster === name ? `${name} of the stack ${stack}` : name
  throw new ToolError(
    `context ${context}, namespace ${namespace}: the ${what} there belongs to ${theirs}, not to ${ours}; it was not touched`,
    command,
    `name the context of ${name} (--context, or \`context:\` in the spec), or another namespace; if it is ${name} all the same, uninstall what is there first`,
  )
}

/**
 * Refuses to touch what does not say whose it is, such as what was installed by hand: the same names are in every cluster, and
 * a context that is named for one run is soon the wrong one. Fine where the spec says that the cluster is behind it. Throws
 * ToolError.
 */
export function refuseUnmarked(
  { name, namespace, context: known }: ClusterDeployment,
  { what, context, command }: Found,
): void {
  if (known === context) return
  throw new ToolError(
    `context ${context}, namespace ${namespace}: the ${what} there does not say whose it is; it was not touched`,
    command,
    `if it is that of ${name}, write \`context:\` below ${name} in the spec; or have it say so: zprom install ${name} --context ${context}`,
  )
}
