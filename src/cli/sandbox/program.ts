import { createHash } from 'node:crypto'
import { access, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import envPaths from 'env-paths'
import { ToolError } from '../../errors.js'
import { parseJson } from '../../model/json.js'
import { buildGoProgram } from '../../tools/go.js'
import { answers } from '../../tools/which.js'
import { isRecord } from '../profile-shape.js'
import { FIXES_FILE, writeLibraryFixes } from './library-fixes.js'

/** A program that runs a real controller and edge router. */
export type OverlayProgram = { readonly path: string; readonly kind: 'ziti' | 'overlay' }

/**
 * The program to run an overlay with: ZPROM_ZITI if set, then `ziti` from the PATH, otherwise overlay/ of this package,
 * built with Go once per version of the package and its sources (about five minutes the first time, for its libraries are large).
 */
export async function findOverlayProgram(env: NodeJS.ProcessEnv, say: (line: string) => void): Promise<OverlayProgram> {
  const { ZPROM_ZITI } = env
  if (ZPROM_ZITI !== undefined && ZPROM_ZITI !== '') {
    if (await answers(ZPROM_ZITI, ['version'])) return { path: ZPROM_ZITI, kind: 'ziti' }
    throw new ToolError(
      `ZPROM_ZITI: ${ZPROM_ZITI} can't be run`,
      ZPROM_ZITI,
      'set it to the path of a ziti program, or unset it',
    )
  }
  if (await answers('ziti', ['edge', 'quickstart', '--help'])) return { path: 'ziti', kind: 'ziti' }
  return { path: await buildOverlay(say), kind: 'overlay' }
}

/** Builds overlay/ unless this version of it is built already; the path of the program. */
export async function buildOverlay(say: (line: string) => void): Promise<string> {
  const folder = await overlayFolder()
  const version = await versionOf(folder)
  const place = join(envPaths('zprom', { suffix: '' }).cache, `overlay-${await hashSources(folder, version)}`)
  const program = join(place, 'overlay')
  if (await exists(program)) return program
  await mkdir(place, { recursive: true })
  say('building the overlay with Go; the first time takes about five minutes, later ones seconds')
  // Under another name until it is whole, so that a build that was cut off is never taken for a program.
  const unfinished = `${program}.${process.pid}`
  const libraries = await mkdtemp(join(tmpdir(), 'zprom-libraries-'))
  try {
    const modfile = await writeLibraryFixes(folder, libraries)
    await buildGoProgram({ folder, output: unfinished, version, modfile, onLine: say })
  } finally {
    await rm(libraries, { recursive: true, force: true })
  }
  await rename(unfinished, program)
  return program
}

// Beside package.json, which is some folders up: how many depends on whether this is the source or a chunk of the bundle.
async function overlayFolder(): Promise<string> {
  for (let at = import.meta.dirname; dirname(at) !== at; at = dirname(at)) {
    const folder = join(at, 'overlay')
    if (await exists(join(folder, 'go.mod'))) return folder
  }
  throw new ToolError(
    'overlay/ is missing from this installation of zprom',
    'overlay',
    'install zprom again, or set ZPROM_ZITI',
  )
}

// The program says the version of its package. For another one it is only linked again, as long as Go remembers the rest.
async function versionOf(folder: string): Promise<string> {
  const value = parseJson(await readFile(join(folder, '..', 'package.json'), 'utf8'))
  return isRecord(value) && typeof value.version === 'string' ? value.version : ''
}

async function hashSources(folder: string, version: string): Promise<string> {
  const hash = createHash('sha256').update(version)
  const names = (await readdir(folder)).filter(
    name => (/\.go$|^go\.(mod|sum)$/.test(name) && !name.endsWith('_test.go')) || name === FIXES_FILE,
  )
  for (const name of names.sort()) hash.update(name).update(await readFile(join(folder, name)))
  return hash.digest('hex').slice(0, 16)
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
