import { open, stat } from 'node:fs/promises'
import { dirname, resolve, sep } from 'node:path'
import { UsageError } from '../errors.js'
import { followLinks } from './files.js'

/** A file that a flag names, and what of its format may be replaced there. */
export type FlagFile = {
  /** Such as `--out`. */
  readonly flag: string
  readonly path: string | undefined
  /** Such as "a saved plan". */
  readonly what: string
  /** What a file of the format begins with. */
  readonly beginning: RegExp
}

/** What stands in the same folders, and must not be replaced: the spec, and the folder of keys and artefacts; absolute paths. */
type Place = { readonly path: string; readonly outDir: string }

/**
 * Throws UsageError, before anything is done, where a flag names a file that holds something else: the spec, what zprom keeps
 * in its output folder, or any file that does not look like one of the format. FileError where links lead in a circle.
 */
export async function refuseToReplace(
  { path: specPath, outDir: folder }: Place,
  files: readonly FlagFile[],
): Promise<void> {
  const [spec, outDir] = [await leadsTo(specPath), await leadsTo(folder)]
  const taken = new Map<string, string>()
  for (const file of files) {
    if (file.path === undefined) continue
    if (file.path === '')
      throw new UsageError(`${file.flag} is empty`, `name the file for ${file.what} (${file.flag} FILE)`)
    const refuse = (why: string): never => {
      throw new UsageError(`${file.flag} ${file.path}: ${why}`, `choose another place for ${file.what} (${file.flag})`)
    }
    const path = await leadsTo(resolve(file.path))
    if (await isFolder(path)) refuse('that is a folder')
    if (path === spec) refuse('that is the spec')
    const other = taken.get(path)
    if (other !== undefined) refuse(`that is the file of ${other}`)
    taken.set(path, file.flag)
    // One that holds the spec as well is no folder of zprom's alone.
    if (isBelow(path, outDir) && !isBelow(dirname(spec), outDir)) refuse('that is in the output folder, beside keys')
    if (!(await isReplaceable(path, file))) refuse(`there is a file of that name, and it is not ${file.what}`)
  }
}

// What can't be followed or is no folder is told by the one that writes there.
async function leadsTo(path: string): Promise<string> {
  return followLinks(path).catch(() => path)
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`)
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true
}

// Enough for what XML may have before its root, such as a licence.
const beginningBytes = 8192

async function isReplaceable(path: string, { beginning }: FlagFile): Promise<boolean> {
  const there = await stat(path).catch(() => undefined)
  if (there === undefined) return true
  // A device or a pipe would be replaced by a file.
  if (!there.isFile()) return false
  if (there.size === 0) return true
  const file = await open(path).catch(() => undefined)
  if (file === undefined) return false
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(beginningBytes), 0, beginningBytes, 0)
    return beginning.test(buffer.toString('utf8', 0, bytesRead))
  } finally {
    await file.close()
  }
}
