import { execa } from 'execa'
import { type KubeAccess, kubectlError } from './kubectl.js'

/** The contexts of the kubeconfig, in its order. Throws ToolError when kubectl is missing or cannot read it. */
export async function listContexts(env?: KubeAccess['env']): Promise<string[]> {
  const command = 'kubectl config get-contexts'
  const { stdout, stderr, failed, code } = await execa('kubectl', ['config', 'get-contexts', '--output', 'name'], {
    reject: false,
    stdin: 'ignore',
    env: { ...env, LC_ALL: 'C' },
  })
  const access = { context: '', namespace: '' }
  if (code === 'ENOENT') throw kubectlError(access, command, { kind: 'no-program', said: '' })
  if (failed)
    throw kubectlError(access, command, { kind: 'other', said: stderr.trim() }, 'look at the kubeconfig (KUBECONFIG)')
  return stdout.split('\n').filter(line => line !== '')
}
