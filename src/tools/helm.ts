import { execa } from 'execa'
import { ToolError } from '../errors.js'
import { explainHelm, type HelmPlace } from './helm-failure.js'
import { withoutSecrets } from './secrets-in-output.js'

/** Whoever runs helm: `env` is added to that of the process. */
export type HelmEnvironment = Readonly<Record<string, string>> | undefined

const howToGet = 'install helm 3 or later (https://helm.sh/docs/intro/install/) and put it on the PATH'

/** Makes sure that helm is here and of a version that can do what is asked of it. Throws ToolError. */
export async function requireHelm(env: HelmEnvironment): Promise<void> {
  const { stdout, stderr, failed, code } = await execa('helm', ['version', '--template', '{{.Version}}'], quiet(env))
  if (code === 'ENOENT')
    throw new ToolError('helm is not installed, and it is needed to install charts', 'helm', howToGet)
  // Helm 2 names no version without its server, and knows no such template.
  const major = /^v?(\d+)/.exec(stdout)?.[1]
  if (failed || major === undefined || Number(major) < 3) {
    const said = failed ? `helm version failed: ${lastWords(stderr)}` : `this helm is version ${stdout.trim()}`
    throw new ToolError(`helm 3 or later is needed; ${said}`, 'helm version', howToGet)
  }
}

/** What became of a run of helm; `said`: its last words. */
export type HelmRun =
  | { readonly result: 'done' }
  | { readonly result: 'failed'; readonly said: string }
  | { readonly result: 'not-begun' }

/**
 * Runs helm in a folder. It is not ended by Ctrl-C: cut off in the middle, it leaves a release that it refuses to touch
 * afterwards.
 */
export async function runHelm(
  args: readonly string[],
  { folder, env }: { readonly folder: string; readonly env: HelmEnvironment },
): Promise<HelmRun> {
  const ran = await execa('helm', [...args], { ...quiet(env), cwd: folder, detached: true })
  if (!ran.failed) return { result: 'done' }
  // Helm itself takes the signal and ends with a code. A process that dies of it has not become helm yet: the Ctrl-C came
  // between the two halves of its start, when it still belonged to the terminal.
  if (ran.signal === 'SIGINT') return { result: 'not-begun' }
  return { result: 'failed', said: lastWords(ran.stderr) || (ran.message ?? '') }
}

/**
 * The values that a release was given, whatever its state; undefined when there is no release of that name. Secrets are
 * among them. Throws ToolError when that cannot be told.
 */
export async function readValues(place: HelmPlace, env: HelmEnvironment): Promise<{ values: unknown } | undefined> {
  const { release, context, namespace } = place
  const words = ['get', 'values', release, '--kube-context', context, '--namespace', namespace, '--output', 'json']
  const { failed, stdout, stderr } = await execa('helm', words, { ...quiet(env), stdout: 'pipe', stderr: 'pipe' })
  if (!failed) return { values: JSON.parse(stdout) }
  const said = lastWords(stderr)
  if (/^release: not found$/m.test(said)) return undefined
  const { message: told, hint } = explainHelm(said, place)
  throw new ToolError(told, 'helm get values', hint)
}

function quiet(env: HelmEnvironment) {
  return { reject: false, stdin: 'ignore', env: { ...env, LC_ALL: 'C' } } as const
}

// Helm says an error once, in its last lines, after warnings of the libraries that it uses.
function lastWords(stderr: string): string {
  const text = withoutSecrets(stderr).trimEnd()
  const at = text.lastIndexOf('\nError: ')
  const error =
    text.startsWith('Error: ') && at < 0 ? text : at < 0 ? text.split('\n').slice(-3).join('\n') : text.slice(at + 1)
  return error.replace(/^Error: /, '').slice(0, 2_000)
}
