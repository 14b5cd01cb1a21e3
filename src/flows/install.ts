import { join } from 'node:path'
import { FileError, InstallError, Interrupted, ToolError, UsageError } from '../errors.js'
import type { ClusterDeployment } from '../model/deployment.js'
import type { InstallReport, ReleaseOutcome } from '../model/install.js'
import { type HelmRelease, helmReleases, installCommand, ownerInValues } from '../render/index.js'
import { formatPods } from '../report/install-text.js'
import { readValues, requireHelm, runHelm } from '../tools/helm.js'
import { explainHelm } from '../tools/helm-failure.js'
import { listContexts } from '../tools/kubectl-contexts.js'
import { describePods, rolloutCommand, waitForRollout } from '../tools/kubectl-rollout.js'
import { requireUsableIdentity } from './identity-file.js'
import { refuseForeign } from './owner.js'
import type { Deps } from './ports.js'

/** A cluster of the spec, and the way to it. */
export type InstallInputs = {
  readonly cluster: ClusterDeployment
  readonly context: string
  /** The folder of the cluster with its values and identities; absolute. */
  readonly folder: string
  /** How long a Deployment may take to roll out, as kubectl has it, such as `5m`; undefined when nobody waits. */
  readonly timeout: string | undefined
}

/** One release, as the command that installs it and the one that waits for it. In groups of words that belong together. */
export type InstallStep = {
  readonly release: HelmRelease
  readonly helm: readonly (readonly string[])[]
  readonly rollout: readonly string[] | undefined
}

/** What is run, in order: shown before, and then run as shown. `tokens` names releases that are given their token. */
function installSteps(
  { cluster, context, timeout }: InstallInputs,
  tokens: (release: HelmRelease) => boolean = () => true,
): InstallStep[] {
  const access = { context, namespace: cluster.namespace }
  return helmReleases(cluster).map(release => ({
    release,
    helm: installCommand(release, context, tokens(release)),
    rollout: timeout === undefined ? undefined : rolloutCommand(access, release.deployment, timeout),
  }))
}

/**
 * Makes sure that the programs, the context and every identity are there, and says what is to be run. Throws ToolError,
 * UsageError or FileError. A token that is spent is asked for only where nothing is installed yet.
 */
export async function prepareInstall(inputs: InstallInputs, { files }: Pick<Deps, 'files'>): Promise<InstallStep[]> {
  const { cluster, context, folder } = inputs
  await requireHelm(undefined)
  await requireContext(context)
  const releases = helmReleases(cluster)
  for (const { file, identity } of releases.flatMap(release => release.identities)) {
    const path = join(folder, file)
    const text = (await files.read(path)) ?? ''
    if (text === '') throw missing(path)
    requireUsableIdentity({ text, path, shown: path, identity })
  }
  const spent = new Set<string>()
  for (const { release, token } of releases) {
    const isInstalled = await findOwnRelease(release.name, inputs)
    if (token === undefined || (await hasToken(token.file, folder, files))) continue
    if (!isInstalled) throw missing(join(folder, token.file), cluster.zitiHost?.identity)
    spent.add(release.name)
  }
  return installSteps(inputs, ({ release }) => !spent.has(release.name))
}

/**
 * The same without a look at the cluster, for a person to read: a token that is gone is taken for one that is spent. Where
 * kubectl is missing, nobody can tell whether there is such a context. Throws UsageError.
 */
export async function previewInstall(inputs: InstallInputs, { files }: Pick<Deps, 'files'>): Promise<InstallStep[]> {
  try {
    await requireContext(inputs.context)
  } catch (error) {
    if (!(error instanceof ToolError)) throw error
  }
  const gone = new Set<string>()
  for (const { release, token } of helmReleases(inputs.cluster))
    if (token !== undefined && !(await hasToken(token.file, inputs.folder, files))) gone.add(release.name)
  return installSteps(inputs, ({ release }) => !gone.has(release.name))
}

async function hasToken(file: string, folder: string, files: Deps['files']): Promise<boolean> {
  return ((await files.read(join(folder, file))) ?? '') !== ''
}

async function requireContext(context: string): Promise<void> {
  const contexts = await listContexts()
  if (contexts.includes(context)) return
  throw new UsageError(`the kubeconfig has no context "${context}"`, `it has: ${contexts.join(', ') || 'none'}`)
}

/** Whether a release is there; ToolError when it is another cluster's, or when that cannot be told. */
async function findOwnRelease(release: string, { cluster, context }: InstallInputs): Promise<boolean> {
  const found = await readValues({ release, context, namespace: cluster.namespace }, undefined)
  if (found === undefined) return false
  const place = { what: `release ${release}`, context, command: 'helm get values' }
  refuseForeign(cluster, ownerInValues(found.values), place)
  return true
}

/** Installs release after release, each until its pods run. Throws InstallError, and Interrupted after SIGINT. */
export async function install(
  steps: readonly InstallStep[],
  inputs: InstallInputs,
  deps: Pick<Deps, 'listener' | 'now' | 'signal'>,
): Promise<InstallReport> {
  const started = deps.now()
  const outcomes: ReleaseOutcome[] = []
  let failure: StepFailure | undefined
  // Helm may have heard of Ctrl-C before zprom did.
  let isStopped = false
  const isInterrupted = () => isStopped || deps.signal.aborted
  for (const step of steps) {
    const begun = deps.now()
    const done =
      failure !== undefined || isInterrupted()
        ? ({ result: 'skipped', detail: failure === undefined ? 'interrupted' : 'a release before it failed' } as const)
        : await runStep(step, inputs, deps)
    if ('failure' in done) failure = done.failure
    isStopped ||= failure === undefined && done.result === 'skipped'
    const { chart, version, name } = step.release.release
    const detail = 'failure' in done ? done.failure.message : done.detail
    outcomes.push({
      ...{ release: name, chart, version, result: done.result, durationMs: deps.now() - begun },
      ...(detail !== undefined && { detail }),
    })
  }
  const { cluster, context } = inputs
  const report: InstallReport = {
    ...{ cluster: cluster.name, context, namespace: cluster.namespace, releases: outcomes },
    ...{ durationMs: deps.now() - started, interrupted: isInterrupted() },
  }
  if (failure !== undefined) throw new InstallError(failure.message, failure.command, report, failure.hint)
  if (report.interrupted)
    throw new Interrupted('interrupted: what helm was doing is finished, the rest is left', report)
  return report
}

type StepFailure = { readonly message: string; readonly command: string; readonly hint: string }
type StepResult =
  | { readonly result: 'rolled-out' | 'not-waited-for' | 'skipped'; readonly detail?: string }
  | { readonly result: 'failed'; readonly failure: StepFailure }

async function runStep(
  { release: { release, deployment }, helm, rollout }: InstallStep,
  { cluster, context, folder, timeout }: InstallInputs,
  { listener, signal }: Pick<Deps, 'listener' | 'signal'>,
): Promise<StepResult> {
  const place = { release: release.name, context, namespace: cluster.namespace }
  listener({ type: 'waiting', text: `${release.name}: installing ${release.chart} ${release.version}` })
  const ran = await runHelm(helm.flat().slice(1), { folder, env: undefined })
  if (ran.result === 'not-begun') return { result: 'skipped', detail: 'interrupted' }
  if (ran.result === 'failed') {
    return { result: 'failed', failure: { ...explainHelm(ran.said, place), command: 'helm upgrade --install' } }
  }
  if (rollout === undefined || timeout === undefined || signal.aborted) return { result: 'not-waited-for' }
  listener({ type: 'waiting', text: `${release.name}: waiting for its pods, ${timeout} at most` })
  const rolled = await waitForRollout(place, deployment, { timeout, signal })
  if (rolled.state === 'complete') return { result: 'rolled-out' }
  if (rolled.state === 'interrupted') return { result: 'not-waited-for', detail: 'interrupted' }
  const pods = formatPods(deployment, await describePods(place, deployment))
  const look = `kubectl --context ${context} --namespace ${cluster.namespace} describe deployment/${deployment}`
  const failure = {
    message: [`${release.name}: installed, but its pods do not run: ${rolled.said}`, ...pods].join('\n  '),
    command: 'kubectl rollout status',
    hint: `look closer with: ${look}; then run the same command again: it goes on from here`,
  }
  return { result: 'failed', failure }
}

function missing(path: string, identity?: string): FileError {
  const again = identity === undefined ? '' : `; when its token is spent: zprom apply --re-enroll ${identity}`
  return new FileError(`${path} is missing`, path, `run zprom apply, which makes it${again}`)
}
