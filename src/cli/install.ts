import { dirname, join } from 'node:path'
import { InstallError, Interrupted, UsageError } from '../errors.js'
import { type ArtefactState, writeArtefacts } from '../flows/artefacts.js'
import { type InstallInputs, type InstallStep, install, prepareInstall } from '../flows/install.js'
import type { Deps } from '../flows/ports.js'
import type { ClusterDeployment } from '../model/deployment.js'
import type { InstallReport } from '../model/install.js'
import { shellCommand } from '../render/index.js'
import { formatInstall } from '../report/install-text.js'
import { formatArtefacts, renderNamed } from './artefacts.js'
import { nodeFiles } from './files.js'
import { chooseContext } from './kube-context.js'
import { type Interpreted, interpret, readSpecFile, requireText, type SpecFile, shownPath } from './workspace.js'

/** The flags of `install` that say what is installed, and where. */
export type InstallFlags = {
  readonly spec: string
  readonly context?: string | undefined
  readonly timeout: string
  readonly wait: boolean
}

/** What is to be installed, from the spec file as it is now. Throws SpecError, UsageError. */
export async function readInstall(
  name: string,
  flags: InstallFlags,
): Promise<Pick<InstallRun, 'interpreted' | 'file'> & { readonly inputs: InstallInputs }> {
  const file = await readSpecFile(flags.spec)
  const interpreted = await interpret(requireText(file), file, [])
  const cluster = findCluster(interpreted, name)
  const inputs: InstallInputs = {
    cluster,
    context: await chooseContext(cluster, flags.context),
    folder: join(interpreted.inputs.outDir, name),
    timeout: flags.wait ? flags.timeout : undefined,
  }
  return { interpreted, file, inputs }
}

function findCluster({ deployments }: Interpreted, name: string): ClusterDeployment {
  const found = deployments.clusters.find(one => one.name === name)
  if (found !== undefined) return found
  const known = deployments.clusters.map(one => one.name)
  throw new UsageError(`${name}: the spec has no such cluster`, `it has: ${known.join(', ') || 'none'}`)
}

/** The commands of an installation as a person would type them, in the folder that the first line names. */
export function formatSteps(steps: readonly InstallStep[], folder: string): string[] {
  return [shellCommand([['cd', folder]]), ...steps.flatMap(commandsOf)]
}

/** The same as single texts, for --json. */
export function commandsOf({ helm, rollout }: InstallStep): string[] {
  return [shellCommand(helm), ...(rollout === undefined ? [] : [shellCommand([rollout])])]
}

/** What the installation needs besides its inputs. */
export type InstallRun = {
  readonly interpreted: Interpreted
  readonly file: SpecFile
  readonly force: boolean
  readonly log: (line: string) => void
  readonly listener: Deps['listener']
  readonly signal: AbortSignal
  /** Shown the commands; false ends the run. */
  readonly confirm: () => Promise<boolean>
}

/** What came of it; without a report when the person declined. */
export type Installed = {
  readonly steps: readonly InstallStep[]
  readonly artefacts: readonly ArtefactState[]
  readonly report: InstallReport | undefined
}

/** Checks, shows the commands, asks, brings the files up to date and runs the commands. */
export async function runInstall(inputs: InstallInputs, run: InstallRun): Promise<Installed> {
  const { interpreted, file, force, log, listener, signal } = run
  const { spec } = interpreted
  const steps = await prepareInstall(inputs, { files: nodeFiles })
  for (const line of formatSteps(steps, dirname(shownPath(file, spec, `${inputs.cluster.name}/x`)))) log(line)
  log('')
  if (!(await run.confirm())) return { steps, artefacts: [], report: undefined }
  const rendered = await renderNamed([inputs.cluster.name], interpreted)
  const artefacts = await writeArtefacts(rendered, { outDir: interpreted.inputs.outDir, force }, { files: nodeFiles })
  for (const line of formatArtefacts(artefacts, path => shownPath(file, spec, path), interpreted.deployments)) log(line)
  try {
    const report = await install(steps, inputs, { listener, signal, now: Date.now })
    log(formatInstall(report))
    return { steps, artefacts, report }
  } catch (error) {
    // One that failed has a report too: it is shown before the error.
    if (error instanceof InstallError || error instanceof Interrupted) {
      if (error.report !== null) log(formatInstall(error.report as InstallReport))
    }
    throw error
  }
}
