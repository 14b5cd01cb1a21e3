import { join } from 'node:path'
import type { Artefact } from '../model/artefact.js'
import { isSealed } from '../render/index.js'
import type { Deps } from './ports.js'

/** What was done about one artefact, or would be. `edited`: a person changed it since, so it is theirs and was kept. */
export type ArtefactState = { readonly path: string; readonly state: 'written' | 'unchanged' | 'edited' }

type Options = {
  /** Absolute. */
  readonly outDir: string
  /** Overwrite what a person changed. */
  readonly force: boolean
}

/** Writes what differs from what is there, each file as a whole. Throws FileError. */
export async function writeArtefacts(
  artefacts: readonly Artefact[],
  options: Options,
  { files }: Pick<Deps, 'files'>,
): Promise<ArtefactState[]> {
  const states = await compareArtefacts(artefacts, options, { files })
  for (const [index, { state }] of states.entries()) {
    const artefact = artefacts[index]
    if (state !== 'written' || artefact === undefined) continue
    await files.write(join(options.outDir, artefact.path), artefact.text, { executable: artefact.executable === true })
  }
  return states
}

/** The same without writing: `written` is what would be. */
export async function compareArtefacts(
  artefacts: readonly Artefact[],
  { outDir, force }: Options,
  { files }: Pick<Deps, 'files'>,
): Promise<ArtefactState[]> {
  return Promise.all(
    artefacts.map(async ({ path, text }) => {
      const there = await files.read(join(outDir, path))
      return { path, state: stateOf(there, text, force) }
    }),
  )
}

function stateOf(there: string | undefined, text: string, force: boolean): ArtefactState['state'] {
  if (there === text) return 'unchanged'
  return there === undefined || force || isSealed(there) ? 'written' : 'edited'
}
