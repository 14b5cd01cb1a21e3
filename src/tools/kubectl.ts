import { execa } from 'execa'
import { ToolError } from '../errors.js'
import { withoutSecrets } from './secrets-in-output.js'

/** Where kubectl is pointed at. `env` is added to that of the process. */
export type KubeAccess = {
  readonly context: string
  readonly namespace: string
  readonly env?: Readonly<Record<string, string>>
}

/** Why kubectl failed: told by the reason that the API gives, or by kubectl's own words where there is no API. */
export type KubeFailure = {
  readonly kind:
    | 'no-program'
    | 'no-context'
    | 'unreachable'
    | 'unauthorized'
    | 'forbidden'
    | 'not-found'
    | 'conflict'
    | 'other'
  /** Its last words. */
  readonly said: string
}

/** What one run of kubectl came to. */
export type KubeResult = { readonly stdout: string; readonly failure?: undefined } | { readonly failure: KubeFailure }

const timeoutMs = 60_000

/** Runs kubectl with `input` on its stdin; never throws for what kubectl says. */
export async function runKubectl(
  { context, namespace, env = {} }: KubeAccess,
  args: readonly string[],
  input?: string,
): Promise<KubeResult> {
  const { failed, stdout, stderr, code, timedOut } = await execa(
    'kubectl',
    ['--context', context, '--namespace', namespace, '--request-timeout=20s', ...args],
    {
      // Its own words are translated by this.
      env: { ...env, LC_ALL: 'C' },
      reject: false,
      timeout: timeoutMs,
      ...(input === undefined ? { stdin: 'ignore' } : { input }),
    },
  )
  if (!failed) return { stdout }
  if (code === 'ENOENT') return { failure: { kind: 'no-program', said: '' } }
  if (timedOut) return { failure: { kind: 'unreachable', said: `nothing came within ${timeoutMs / 1000} s` } }
  const said = lastWords(stderr)
  return { failure: { kind: kindOf(stderr), said } }
}

/** The error that a failure is; `hint` for what its caller knows better, such as what was not found. */
export function kubectlError(
  { context, namespace }: KubeAccess,
  command: string,
  { kind, said }: KubeFailure,
  hint?: string,
): ToolError {
  const error = (message: string, advice: string) => new ToolError(message, command, hint ?? advice)
  switch (kind) {
    case 'no-program':
      return error(
        'kubectl is not installed, and it is needed to reach the cluster',
        'install kubectl and put it on the PATH, then run the same command again',
      )
    case 'no-context':
      return error(
        `the kubeconfig has no context "${context}"`,
        'name another with --context; these there are: kubectl config get-contexts -o name',
      )
    case 'unreachable':
      return error(
        `the Kubernetes API server behind context ${context} does not answer: ${said}`,
        'look whether the cluster is up, and whether this is its context',
      )
    case 'unauthorized':
      return error(
        `the cluster behind context ${context} refused the login: ${said}`,
        'log in to the cluster again, then run the same command again',
      )
    case 'forbidden':
      return error(
        `context ${context} lacks a right: ${said}`,
        `ask for that right in namespace ${namespace}, or use a context that has it (--context)`,
      )
    case 'not-found':
      return error(
        `not found behind context ${context}: ${said}`,
        `look whether context and namespace (${namespace}) are the right ones`,
      )
    case 'conflict':
    case 'other':
      return error(`${command} failed: ${said}`, `try it by hand, with --context ${context} --namespace ${namespace}`)
  }
}

function kindOf(stderr: string): KubeFailure['kind'] {
  if (/context "?.*"? does not exist|context was not found for specified context/.test(stderr)) return 'no-context'
  // An apply tells the conflict of versions without the reason that a replace gives.
  if (/\(Conflict\)|the object has been modified|Apply failed with \d+ conflict/.test(stderr)) return 'conflict'
  if (/\(Forbidden\)/.test(stderr)) return 'forbidden'
  if (/\(NotFound\)/.test(stderr)) return 'not-found'
  if (/\(Unauthorized\)|must be logged in to the server/.test(stderr)) return 'unauthorized'
  const network =
    /connection to the server .* was refused|Unable to connect to the server|dial tcp|TLS handshake timeout/
  return network.test(stderr) ? 'unreachable' : 'other'
}

// Without what its client library logs on the way, and what kubectl puts before every error.
function lastWords(stderr: string): string {
  const lines = withoutSecrets(stderr)
    .trimEnd()
    .split('\n')
    .filter(line => line !== '' && !/^[EWI]\d{4} /.test(line))
  return lines
    .slice(0, 3)
    .map(line => line.replace(/^(?:error: )?(?:error|Error) from server(?: \(\w+\))?: |^error: /, ''))
    .join('\n')
}
