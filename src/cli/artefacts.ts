import { relative } from 'node:path'
import { failedOutcome } from '../apply/index.js'
import { ApplyError, FileError, UsageError } from '../errors.js'
import { type ArtefactState, writeArtefacts } from '../flows/artefacts.js'
import type { Artefact } from '../model/artefact.js'
import type { Deployments } from '../model/deployment.js'
import type { Report } from '../model/report.js'
import type { ScrapeForm } from '../model/scrape.js'
import { shellCommand, valuesFile } from '../render/index.js'
import { counted } from '../report/counted.js'
import { nodeFiles } from './files.js'
import type { Interpreted } from './workspace.js'

/** The artefacts of the names given, or of all, in another form than the spec's if one is given; a name that has none is a UsageError. */
export async function renderNamed(
  names: readonly string[],
  interpreted: Interpreted,
  form?: ScrapeForm,
): Promise<Artefact[]> {
  const { inForm, renderArtefacts, renderableNames } = await import('../render/index.js')
  const deployments = form === undefined ? interpreted.deployments : inForm(interpreted.deployments, form)
  const known = renderableNames(deployments)
  const stranger = names.find(name => !known.includes(name))
  if (stranger !== undefined) {
    throw new UsageError(`${stranger}: the spec has no such cluster`, `it has: ${known.join(', ') || 'none'}`)
  }
  return renderArtefacts(deployments, new Set(names.length === 0 ? known : names))
}

/** Brings the output folder up to date with the spec; what a person changed there stays. */
export async function updateArtefacts(interpreted: Interpreted): Promise<ArtefactState[]> {
  const artefacts = await renderNamed([], interpreted)
  return writeArtefacts(artefacts, { outDir: interpreted.inputs.outDir, force: false }, { files: nodeFiles })
}

/** The same at the end of a run. What can't be written then is a failed step of it: its report is not lost. */
export async function updateArtefactsAfter(report: Report, interpreted: Interpreted): Promise<ArtefactState[]> {
  try {
    return await updateArtefacts(interpreted)
  } catch (error) {
    if (!(error instanceof FileError) || report.outcomes.length === 0) throw error
    const path = relative(interpreted.inputs.outDir, error.path)
    const failed = failedOutcome(`artefact/${path}`, 'write', error, 0)
    const outcomes = [...report.outcomes, failed]
    throw new ApplyError(
      'the controller is as the spec says, but the artefacts could not be written',
      { ...report, outcomes },
      'mend the cause and run the same command again: it goes on from here',
    )
  }
}

/** What to say of artefacts: a warning for each that was kept, and one line of counts; nothing when nothing changed. */
export function formatArtefacts(
  states: readonly ArtefactState[],
  shown: (path: string) => string,
  deployments: Deployments,
): string[] {
  const written = states.filter(({ state }) => state === 'written')
  const edited = states.filter(({ state }) => state === 'edited')
  return [
    ...edited.map(({ path }) => `! ${shown(path)} was changed by hand and is kept; "zprom render --force" replaces it`),
    ...states
      .filter(({ state }) => state === 'removed')
      .flatMap(({ path }) => [
        `! ${shown(path)} is removed: the spec asks for it no longer`,
        ...uninstallLine(path, deployments),
      ]),
    ...(written.length === 0 ? [] : [`${counted(written.length, 'artefact')} written under ${shown('')}`]),
  ]
}

/** How to uninstall the release that values were for; nothing when they were for none. */
export function uninstallLine(path: string, { clusters }: Pick<Deployments, 'clusters'>): string[] {
  return clusters.flatMap(({ name, namespace, context, notInstalled }) =>
    notInstalled
      .filter(({ chart }) => path === `${name}/${valuesFile(chart)}`)
      .map(release => {
        const words = [
          'helm',
          'uninstall',
          release.name,
          '--kube-context',
          context ?? 'CONTEXT',
          '--namespace',
          namespace,
        ]
        return `  if it is installed, uninstall it: ${shellCommand([words])}`
      }),
  )
}
