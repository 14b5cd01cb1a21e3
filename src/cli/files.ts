import { constants, readFileSync, statSync } from 'node:fs'
import { chmod, mkdir, open, readdir, readFile, readlink, realpath, rename, rm, rmdir, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { FileError } from '../errors.js'
import type { Files } from '../flows/ports.js'
import { sweepOnce, temporaryName } from './leftovers.js'

const elsewhere = 'choose another place (--spec, or output: in the spec)'

/** The person's real files, as the spec or its output folder names them. */
export const nodeFiles: Files = filesOr(elsewhere)

/** Files that a flag names, such as `--out`. */
export function filesOf(flag: string): Files {
  return filesOr(remedyBy(flag))
}

// Writes go to a temporary file beside the target, to disk, then over it in one step; a link stays one, and the file that it
// leads to is written. What fails says `remedy` first of what there is to do.
function filesOr(remedy: string): Files {
  const guarded = <T>(verb: string, path: string, run: () => Promise<T>) => guard(verb, path, run, remedy)
  return {
    read: path => guarded('read', path, () => readText(path)),
    readOwn: path => guarded('read', path, () => readOwnText(path)),
    list: folder => guarded('read', folder, () => listFiles(folder)),
    isExecutable: path => guarded('read', path, () => isExecutable(path)),
    isPrivate: path => guarded('read', path, () => isPrivate(path)),
    write: (path, text, options) =>
      guarded('write', path, () => replace(path, text, options?.executable ? 0o755 : 0o644)),
    keepSecret: (path, text) => guarded('write', path, () => replace(path, text, 0o600)),
    remove: path => guarded('remove', path, () => rm(path, { force: true })),
    rename: (from, to) => guarded('rename', from, () => rename(from, to)),
  }
}

/** Makes a folder, and those above it, unless it is there; `by`: what names the place, unless it is the spec. */
export async function makeFolder(path: string, mode: number, by?: string): Promise<void> {
  await guard('write', path, () => mkdir(path, { recursive: true, mode }), remedyBy(by))
}

/** Whether a path leads to what reading comes to an end with: no pipe, no device. True when nothing is there; `by` as there. */
export async function isFiniteFile(path: string, by: string): Promise<boolean> {
  const found = await guard('read', path, () => orIfMissing(stat(path), undefined), remedyBy(by))
  return found === undefined || found.isFile() || found.isDirectory()
}

/** Removes a file, or a folder and all that is in it; fine when there is none. */
export async function removeTree(path: string): Promise<void> {
  await guard('remove', path, () => rm(path, { recursive: true, force: true }), inUse)
}

/** Removes a folder that nothing is in; otherwise the names of what is. Fine when there is none. */
export async function removeIfEmpty(path: string): Promise<string[]> {
  const names = await listNames(path)
  if (names.length > 0) return names
  await guard('remove', path, () => orIfMissing(rmdir(path), undefined), inUse)
  return []
}

/** The names of all that is in a folder, in order; none when there is no such folder. */
export async function listNames(folder: string): Promise<string[]> {
  return (await guard('read', folder, () => orIfMissing(readdir(folder), []))).sort()
}

const inUse = 'end what still uses it'

/** Where a path leads once links are followed, also to a file or folder that does not exist yet; `by` as there. */
export function followLinks(path: string, by?: string): Promise<string> {
  return guard('read', path, () => follow(path), remedyBy(by))
}

function remedyBy(name: string | undefined): string {
  return name === undefined ? elsewhere : `choose another place (${name})`
}

// Links that lead in a circle end it: realpath says ELOOP then.
async function follow(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    const target = await readlink(path).catch(() => undefined)
    const folder = await follow(dirname(path))
    return target === undefined ? join(folder, basename(path)) : follow(resolve(folder, target))
  }
}

function readText(path: string): Promise<string | undefined> {
  return orIfMissing(readFile(path, 'utf8'), undefined)
}

async function orIfMissing<T, U>(done: Promise<T>, otherwise: U): Promise<T | U> {
  try {
    return await done
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return otherwise
    throw error
  }
}

// The thread pool takes six times the processor's time for it. Requests in flight get on between one file and the next.
function readOwnText(path: string): Promise<string | undefined> {
  const read = () => {
    // Most of what is asked for is not there, and an error costs more than a look.
    const isThere = statSync(path, { throwIfNoEntry: false }) !== undefined
    return isThere ? readFileSync(path, 'utf8') : undefined
  }
  return orIfMissing(nextTurn().then(read), undefined)
}

async function listFiles(folder: string): Promise<string[]> {
  const entries = await orIfMissing(readdir(folder, { withFileTypes: true }), [])
  return entries.filter(entry => !entry.isDirectory()).map(({ name }) => name)
}

// Windows knows no such right.
async function isExecutable(path: string): Promise<boolean> {
  return process.platform === 'win32' || ((await stat(path)).mode & 0o100) !== 0
}

async function isPrivate(path: string): Promise<boolean> {
  const mode = await orIfMissing(
    stat(path).then(found => found.mode),
    0,
  )
  return process.platform === 'win32' || (mode & 0o077) === 0
}

async function replace(named: string, text: string, mode: number): Promise<void> {
  const path = await follow(named)
  const folder = dirname(path)
  await mkdir(folder, { recursive: true, mode: mode === 0o600 ? 0o700 : 0o755 })
  await sweepOnce(folder)
  const temporary = join(folder, temporaryName())
  try {
    const file = await open(temporary, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, mode)
    try {
      await file.writeFile(text, 'utf8')
      await file.sync()
    } finally {
      await file.close()
    }
    if (mode !== 0o600) await keepMode(path, temporary, mode === 0o755)
    await rename(temporary, path)
    await syncFolder(folder)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

// A person's own file keeps the rights that the person gave it; a program may be run by whoever may read it.
async function keepMode(path: string, temporary: string, executable: boolean): Promise<void> {
  const file = await open(path, 'r').catch(() => undefined)
  if (file === undefined) return
  const { mode } = await file.stat().finally(() => file.close())
  await chmod(temporary, (mode | (executable ? (mode & 0o444) >> 2 : 0)) & 0o777)
}

// The rename itself is on disk only once its folder is; some file systems can't, and then it is as good as it gets.
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined)
  await handle?.sync().catch(() => undefined)
  await handle?.close()
}

async function guard<T>(verb: string, path: string, run: () => Promise<T>, remedy = elsewhere): Promise<T> {
  try {
    return await run()
  } catch (error) {
    const code = codeOf(error)
    if (code === undefined) throw error
    throw new FileError(`${path}: can't ${verb} it: ${explain(code)} (${code})`, path, hintFor(code, remedy), code)
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

function explain(code: string): string {
  const known: Readonly<Record<string, string>> = {
    EACCES: 'no permission',
    EPERM: 'not permitted',
    EROFS: 'the file system is read-only',
    ENOSPC: 'the disk is full',
    EDQUOT: 'the quota is used up',
    EISDIR: 'there is a folder of that name',
    ENOTDIR: 'a part of the path is a file, not a folder',
    EEXIST: 'there is a file of that name',
    ENAMETOOLONG: 'the name is too long',
    ELOOP: 'its links lead in a circle',
  }
  return known[code] ?? 'the operating system refused'
}

function hintFor(code: string, remedy: string): string {
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'make room and run the same command again: it goes on from here'
  return `${remedy}, or mend the rights, and run the same command again`
}
