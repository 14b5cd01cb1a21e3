import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { ToolError } from '../../errors.js'
import { findGoModule } from '../../tools/go.js'

/** Text in one file of a Go module that is replaced when a program is built with it. Each `from` occurs there once. */
type LibraryFix = {
  readonly module: string
  readonly file: string
  readonly edits: readonly { readonly from: string; readonly to: string }[]
}

/** The file of a Go program's folder that tells what is mended in its libraries, and why. */
export const FIXES_FILE = 'fixes.json'

/**
 * Copies the modules that `fixes.json` of a Go program's folder mends to `into` (made if absent), mends them, and writes a
 * go.mod there that names the copies, for `go build -modfile`; returns its path. (Go takes no `-overlay` for what lies in
 * its module cache.) Throws ToolError when Go is missing or a library is not the one that the fixes are for.
 */
export async function writeLibraryFixes(folder: string, into: string): Promise<string> {
  const fixes: readonly LibraryFix[] = JSON.parse(await readFile(join(folder, FIXES_FILE), 'utf8'))
  const place = resolve(into)
  await mkdir(place, { recursive: true })
  const copies: string[] = []
  for (const module of new Set(fixes.map(fix => fix.module))) {
    const copy = join(place, module)
    await copySources(await findGoModule(folder, module), copy)
    for (const fix of fixes.filter(fix => fix.module === module)) await mend(fix, join(copy, fix.file))
    copies.push(`replace ${module} => ${JSON.stringify(copy)}\n`)
  }
  const modfile = join(place, 'go.mod')
  await writeFile(modfile, `${await readFile(join(folder, 'go.mod'), 'utf8')}\n${copies.join('')}`)
  await copyFile(join(folder, 'go.sum'), join(place, 'go.sum'))
  return modfile
}

// Go keeps its modules read-only, folders too: only the files are copied, so that the copy can be removed.
async function copySources(from: string, to: string): Promise<void> {
  for (const entry of await readdir(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.endsWith('_test.go')) continue
    const target = join(to, entry.parentPath.slice(from.length))
    await mkdir(target, { recursive: true })
    await writeFile(join(target, entry.name), await readFile(join(entry.parentPath, entry.name)))
  }
}

async function mend({ module, file, edits }: LibraryFix, path: string): Promise<void> {
  let text = await readFile(path, 'utf8')
  for (const { from, to } of edits) {
    const [before, after, ...more] = text.split(from)
    if (after === undefined || more.length > 0) {
      throw new ToolError(
        `${FIXES_FILE}: ${module}/${file} should have this line just once, to be mended: ${from}`,
        'go build',
        'another version of it, in go.mod, may need another fix, or none',
      )
    }
    text = `${before}${to}${after}`
  }
  await writeFile(path, text)
}
