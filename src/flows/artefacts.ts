import { join } from 'node:path'
import type { Artefact } from '../model/artefact.js'
import { mapBounded } from '../model/bounded.js'
import { isSealed } from '../render/index.js'
import type { Deps, Files } from './ports.js'

/**
 * What was done about one artefact, or would be. `edited`: a person changed it since, so it is theirs and was kept.
 * `removed`: zprom made it, nobody changed it, and the spec asks for it no longer.
 */
export type ArtefactState = {
  readonly path: string
  readonly state: 'written' | 'unchanged' | 'edited' | 'removed'
}

type Options = {
  /** Absolute. */
  readonly outDir: string
  /** Overwrite what a person changed. */
  readonly force: boolean
}

/** Writes what differs from what is there, each file as a whole, and removes what is left of before. Throws FileError. */
export async function writeArtefacts(
  artefacts: readonly Artefact[],
  options: Options,
  { files }: Pick<Deps, 'files'>,
): Promise<ArtefactState[]> {
  const states = await compareArtefacts(artefacts, options, { files })
  const byPath = new Map(artefacts.map(artefact => [artefact.path, artefact]))
  await mapBounded(states, filesAtOnce, async ({ path, state }) => {
    const full = join(options.outDir, path)
    const artefact = byPath.get(path)
    if (state === 'removed') await files.remove(full)
    if (state !== 'written' || artefact === undefined) return
    await files.write(full, artefact.text, { executable: artefact.executable === true })
  })
  return states
}

// Each goes to disk before the next in line; a few at once share the wait for it.
const filesAtOnce = 8

/** The same without a change: `written` and `removed` are what would be. */
export async function compareArtefacts(
  artefacts: readonly Artefact[],
  { outDir, force }: Options,
  { files }: Pick<Deps, 'files'>,
): Promise<ArtefactState[]> {
  const states = await mapBounded(artefacts, filesAtOnce, async artefact => {
    return { path: artefact.path, state: await stateOf(artefact, join(outDir, artefact.path), { force, files }) }
  })
  return [...states, ...(await findLeftOvers(artefacts, outDir, files))]
}

async function stateOf(
  { text, executable }: Artefact,
  path: string,
  { force, files }: { readonly force: boolean; readonly files: Files },
): Promise<ArtefactState['state']> {
  const there = await files.read(path)
  // A copy or an archive may have lost the right to be run.
  if (there === text) return executable === true && !(await files.isExecutable(path)) ? 'written' : 'unchanged'
  return there === undefined || force || isSealed(there) ? 'written' : 'edited'
}

// In the folders that are written to; those of clusters that left the spec may still be needed to uninstall them.
async function findLeftOvers(artefacts: readonly Artefact[], outDir: string, files: Files): Promise<ArtefactState[]> {
  const made = new Set(artefacts.map(({ path }) => path))
  const folders = [...new Set([...made].map(path => path.slice(0, path.lastIndexOf('/'))))]
  const found = await mapBounded(folders, filesAtOnce, async folder => {
    const names = (await files.list(join(outDir, folder))).filter(name => /\.(?:sh|ya?ml)$/.test(name)).toSorted()
    const others = names.map(name => `${folder}/${name}`).filter(path => !made.has(path))
    const texts = await Promise.all(others.map(path => files.read(join(outDir, path))))
    return others.filter((_, at) => isSealed(texts[at] ?? ''))
  })
  return found.flat().map(path => ({ path, state: 'removed' }))
}
