import { join } from 'node:path'
import { FileError } from '../errors.js'
import type { Folder } from './held.js'
import type { Deps } from './ports.js'

type Place = Pick<Deps, 'files'>

/**
 * Throws FileError unless files can be made in the output folder. Asked before the controller is changed: a certificate
 * whose file can't be kept is worth nothing. Leaves nothing but the folder.
 */
export async function proveWritable(outDir: string, { files }: Place): Promise<void> {
  // First the look: of a file where the folder should be, a read says more than a write.
  await files.read(join(outDir, '.gitignore'))
  const probe = join(outDir, '.zprom-probe')
  await files.write(probe, 'removed at once\n')
  await files.remove(probe)
}

// What is kept here are keys and tokens, and the spec beside it is meant for git.
// The last is what a write that was killed leaves behind.
const secretPatterns = ['*.jwt', '*.id.json', '*.id.key', '*.old', '*.old.*', '/developers/', '.*.tmp']
// No secret, but what Prometheus stores is not for git either.
const data = '/local/data/'

/** Keeps the secrets of the output folder out of git. A person's own .gitignore is left as it is, and what it lacks is said. */
export async function ignoreSecrets(
  { outDir, shown }: Folder,
  { files, listener }: Pick<Deps, 'files' | 'listener'>,
): Promise<void> {
  const path = join(outDir, '.gitignore')
  const text = await files.read(path)
  if (text === undefined) return files.write(path, `${[...secretPatterns, data].join('\n')}\n`)
  const lines = new Set(text.split(/\r?\n/).map(line => line.trim()))
  if (['*', '/*', '**'].some(all => lines.has(all))) return
  const lacking = secretPatterns.filter(pattern => !lines.has(pattern))
  if (lacking.length === 0) return
  listener({
    type: 'warning',
    text: `${shown('.gitignore')} does not keep all secrets out of git: add ${lacking.join(' ')}`,
  })
}

/** Whether anything is at a path, readable or not. */
export async function isThere(path: string, { files }: Place): Promise<boolean> {
  try {
    return (await files.read(path)) !== undefined
  } catch (error) {
    if (error instanceof FileError) return true
    throw error
  }
}

/** Renames a file to the first of NAME.old, NAME.old.1, ... that is free: nothing that was kept aside is lost. */
export async function setAside(path: string, { files }: Place): Promise<void> {
  let aside = `${path}.old`
  for (let number = 1; (await files.read(aside)) !== undefined; number += 1) aside = `${path}.old.${number}`
  await files.rename(path, aside)
}
