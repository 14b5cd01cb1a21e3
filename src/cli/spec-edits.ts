import { UsageError } from '../errors.js'
import type { ClusterInput, DeveloperInput, LocalInput } from '../spec/schema.js'
import { quoted } from '../spec/text-rule.js'
import { selectTarget } from './connection.js'
import { askChoice, askText, canAsk } from './prompts.js'
import { type RunFlags, type SpecFile, suggestStack } from './workspace.js'

type Given = {
  readonly name: string | undefined
  readonly prometheus: 'tunneled' | 'dark' | undefined
  readonly namespace: string | undefined
  /** Whether to ask for what has a default as well; not in a run that is to go through as it is. */
  readonly asksAll: boolean
}

// Both ways to name a login, so that neither is left out where a spec begins.
type Chosen = Pick<RunFlags, 'profile' | 'ziti-login'> & { readonly stack?: string | undefined }

/** What `init local` can ask for. */
export type LocalSettings = Pick<LocalInput, 'dark' | 'port'>

/** Completes what the flags say of a cluster: from the spec if it is there already, otherwise by asking at a terminal. */
export async function askForCluster(file: SpecFile, given: Given): Promise<ClusterInput> {
  const { checkClusterName } = await import('../spec/names.js')
  const name =
    given.name ??
    (await demand(
      'Name of the cluster',
      'the name of the cluster is missing',
      'zprom init cluster NAME',
      checkClusterName,
    ))
  refuse(checkClusterName(name), `cluster ${quoted(name)}`)
  const there = await findCluster(file, name)
  const prometheus = given.prometheus ?? there?.prometheus ?? (await demandPrometheus(name))
  const isAsked = there === undefined && given.asksAll && canAsk()
  const namespace = given.namespace ?? (isAsked ? await askText('Kubernetes namespace', 'default') : undefined)
  return { name, prometheus, ...(namespace !== undefined && { namespace }) }
}

/** Checks the name of a developer before anything is done with it. */
export async function askForDeveloper(name: string | undefined): Promise<string> {
  const { checkDeveloperName } = await import('../spec/names.js')
  const given =
    name ??
    (await demand(
      'Name of the identity',
      'the name of the identity is missing',
      'zprom dev-identity NAME',
      checkDeveloperName,
    ))
  refuse(checkDeveloperName(given), `developer ${quoted(given)}`)
  return given
}

/** The text of the spec with one thing added; a new file gets a stack name and the controller that it is for. */
export async function editSpec(
  file: SpecFile,
  add: { readonly cluster?: ClusterInput; readonly developer?: DeveloperInput; readonly local?: LocalSettings },
  flags: Chosen,
): Promise<string> {
  const { addCluster, addDeveloper, addLocal } = await import('../spec/edit.js')
  if (file.text !== undefined && flags.stack !== undefined) await refuseOtherStack(file, file.text, flags.stack)
  let text = file.text ?? (await beginSpec(file, flags, flags.stack))
  if (add.cluster !== undefined) text = addCluster(text, add.cluster, file.shown).text
  if (add.developer !== undefined) text = addDeveloper(text, add.developer, file.shown).text
  if (add.local !== undefined) text = addLocal(text, add.local, file.shown).text
  return text
}

/**
 * The text of a new spec that asks for nothing yet. The controller is written down, so that the file is never applied to
 * another network by mistake; the sandbox is known by its profile instead, for its ports may change.
 */
export async function beginSpec(file: SpecFile, flags: Chosen, stack?: string): Promise<string> {
  const { newSpec } = await import('../spec/new-spec.js')
  const { profile, 'ziti-login': zitiLogin } = flags
  const target = await selectTarget({ profile, zitiLogin, overlay: undefined, env: process.env })
  const overlay = target.profile === 'sandbox' ? { profile: 'sandbox' } : { controller: target.url }
  return newSpec({ stack: stack ?? suggestStack(file), overlay })
}

// What is on the network under the one name would be left over under the other.
async function refuseOtherStack(file: SpecFile, text: string, stack: string): Promise<void> {
  const { parseSpec } = await import('../spec/parse.js')
  const there = parseSpec(text, file.shown).stack
  if (there === stack) return
  throw new UsageError(
    `--stack ${stack}: ${file.shown} is there already, and is of the stack "${there}"`,
    'leave out --stack, or begin another file with --spec',
  )
}

async function findCluster(file: SpecFile, name: string) {
  if (file.text === undefined) return undefined
  const { parseSpec } = await import('../spec/parse.js')
  return parseSpec(file.text, file.shown).clusters.find(cluster => cluster.name === name)
}

async function demandPrometheus(name: string): Promise<'tunneled' | 'dark'> {
  if (!canAsk()) throw new UsageError('--prometheus is missing', 'pass --prometheus tunneled or --prometheus dark')
  return askChoice(`How is the Prometheus of ${name} reached?`, [
    { value: 'tunneled', name: 'tunneled: a Service inside the cluster, reached through ziti-host' },
    { value: 'dark', name: 'dark: it listens on the overlay only' },
  ])
}

async function demand(
  question: string,
  missing: string,
  usage: string,
  check: (text: string) => string | undefined,
): Promise<string> {
  if (!canAsk()) throw new UsageError(missing, usage)
  return askText(question, undefined, check)
}

function refuse(problem: string | undefined, what: string): void {
  if (problem !== undefined) throw new UsageError(`${what}: ${problem}`)
}
