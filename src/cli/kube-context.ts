import { ToolError, UsageError } from '../errors.js'
import type { ClusterDeployment } from '../model/deployment.js'
import { printYaml } from '../render/yaml.js'
import { listContexts } from '../tools/kubectl-contexts.js'

/** The kube context of a cluster: the spec's, or the flag's. UsageError when they differ, and when there is none. */
export async function chooseContext(
  { name, context: known }: ClusterDeployment,
  given: string | undefined,
): Promise<string> {
  if (given === '') throw new UsageError('--context is empty', 'name a context, or leave --context out')
  if (given !== undefined && known !== undefined && given !== known) {
    throw new UsageError(
      `--context ${given}: the spec says that ${name} is behind context ${known}`,
      'leave --context out, or change `context:` in the spec',
    )
  }
  const context = given ?? known
  if (context !== undefined) return context
  throw new UsageError(
    `which kube context is ${name}?`,
    `pass --context, or write \`context:\` below ${name} in the spec; ${await describeContexts()}`,
  )
}

/** How to write down the context that was named by a flag, so that nobody has to name it, or can name another. */
export function adviseContext(
  { cluster, context }: { readonly cluster: ClusterDeployment; readonly context: string },
  file: string,
): string {
  const line = printYaml({ context }).trimEnd()
  return `To go there without --context, and nowhere else, write below ${cluster.name} in ${file}:  ${line}`
}

async function describeContexts(): Promise<string> {
  try {
    const contexts = await listContexts()
    return contexts.length === 0 ? 'the kubeconfig has none' : `there are: ${contexts.join(', ')}`
  } catch (error) {
    if (error instanceof ToolError) return 'kubectl, which would list them, is not there or fails'
    throw error
  }
}
