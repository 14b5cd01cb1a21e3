import { resolve } from 'node:path'
import { Flags } from '@oclif/core'
import type { CheckResult } from '../model/check.js'
import { formatJunit } from '../report/checks-junit.js'
import { formatMarkdown } from '../report/checks-markdown.js'
import type { Spent } from '../report/spent.js'
import { filesOf } from './files.js'
import type { FlagFile } from './replaceable.js'

/** Flags of commands whose checks can go into files, for CI. */
export const checkFileFlags = {
  junit: Flags.string({ description: 'Also write the checks as JUnit XML into this file' }),
  markdown: Flags.string({ description: 'Also write the checks as Markdown into this file, for a pull request' }),
}

/** The files that were asked for. */
export type CheckFiles = { readonly junit?: string | undefined; readonly markdown?: string | undefined }

/** As files that flags name. */
export function checkFiles({ junit, markdown }: CheckFiles): FlagFile[] {
  return [
    { flag: '--junit', path: junit, what: 'a JUnit report', ending: '.xml', beginning: /^\s*<\?xml/ },
    { flag: '--markdown', path: markdown, what: 'a report in Markdown', ending: '.md', beginning: /^\*\*Verify: / },
  ]
}

/** Writes the files that were asked for. Throws FileError. */
export async function writeCheckFiles(
  results: readonly CheckResult[],
  { junit, markdown }: CheckFiles,
  spent?: Spent,
): Promise<void> {
  if (junit !== undefined) await filesOf('--junit').write(resolve(junit), formatJunit(results, spent))
  if (markdown !== undefined) await filesOf('--markdown').write(resolve(markdown), formatMarkdown(results, spent))
}
