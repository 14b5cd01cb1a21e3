import { join, resolve } from 'node:path'
import { Flags } from '@oclif/core'
import type { Overlay, Place } from '../edge/index.js'
import { FileError, UsageError } from '../errors.js'
import { scrapeTargetsOf } from '../expand/index.js'
import { locate } from '../flows/locate.js'
import { openOverlayAs } from '../flows/overlay.js'
import type { EnrollmentWish } from '../model/topology.js'
import { nodeFiles } from './files.js'
import { type Interpreted, interpret, readSpecFile, timeoutMs } from './workspace.js'

/** Flags of the commands that use the overlay itself. */
export const identityFlags = {
  as: Flags.string({ description: 'Identity of the spec to act as; its file must be in the output folder' }),
  'identity-file': Flags.string({ description: 'Identity file to act with, wherever it is', exclusive: ['as'] }),
}

export type IdentityChoice = {
  readonly spec: string
  readonly as?: string | undefined
  readonly 'identity-file'?: string | undefined
}

/** The overlay as the identity chosen, and the spec where there is one. Not closed here. */
export type OpenedOverlay = {
  readonly overlay: Overlay
  readonly identity: string
  readonly interpreted: Interpreted | undefined
}

/**
 * Opens the overlay as an identity: the one named, or the only developer whom zprom enrolled. Throws UsageError that lists
 * what there is, FileError.
 */
export async function openOverlayFor(choice: IdentityChoice): Promise<OpenedOverlay> {
  const file = await readSpecFile(choice.spec)
  const interpreted = file.text === undefined ? undefined : await interpret(file.text, file, [])
  const { parseIdentityFile } = await import('../enroll/index.js')
  const given = choice['identity-file']
  if (given !== undefined) {
    const text = await readFile(resolve(given), given)
    return { ...opened(given, parseIdentityFile(text, { name: given })), interpreted }
  }
  if (interpreted === undefined) {
    throw new UsageError(`there is no ${choice.spec} to find an identity in`, 'name a file with --identity-file PATH')
  }
  const wish = chooseWish(interpreted, choice.as)
  const shown = interpreted.inputs.shown(wish.path)
  const text = await readFile(join(interpreted.inputs.outDir, wish.path), shown)
  return { ...opened(wish.identity, parseIdentityFile(text, { name: shown })), interpreted }

  function opened(identity: string, parsed: ReturnType<typeof parseIdentityFile>) {
    return { identity, overlay: openOverlayAs(identity, parsed, timeoutMs) }
  }
}

/** Where a service is that a person named, in whatever way. Throws EdgeError. */
export function findPlace(word: string, { overlay, interpreted }: OpenedOverlay): Promise<Place> {
  return locate(word, overlay, interpreted === undefined ? [] : scrapeTargetsOf(interpreted.spec))
}

function chooseWish({ inputs }: Interpreted, as: string | undefined): EnrollmentWish {
  const { enrollments } = inputs.topology
  const byFile = enrollments.filter(({ by }) => by === 'file')
  const names = byFile.map(({ identity }) => identity).join(', ') || 'none'
  if (as === undefined) {
    const [developer, ...more] = byFile.filter(({ origin }) => origin.startsWith('developer/'))
    if (developer !== undefined && more.length === 0) return developer
    throw new UsageError('which identity is to dial?', `say it with --as NAME; zprom holds files of: ${names}`)
  }
  const wish = enrollments.find(({ identity }) => identity === as)
  if (wish === undefined)
    throw new UsageError(`--as ${as}: the spec has no such identity`, `zprom holds files of: ${names}`)
  if (wish.by === 'file') return wish
  // Enrolled by whoever has the token; somebody may have done so here.
  return { ...wish, path: wish.path.replace(/\.jwt$/, '.json') }
}

async function readFile(path: string, shown: string): Promise<string> {
  const text = await nodeFiles.read(path)
  if (text !== undefined) return text
  throw new FileError(`${shown}: there is no such identity file`, path, 'enroll the identity with: zprom apply')
}
