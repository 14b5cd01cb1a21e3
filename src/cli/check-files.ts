import { resolve } from 'node:path'
import { Flags } from '@oclif/core'
import { FileError } from '../errors.js'
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

// XML may have a declaration, comments and a document type before its root. Each part ends in one place only, so that a file made
// for it does not take long.
const junitRoot =
  /^(?:\s|<\?(?:(?!\?>).)*\?>|<!--(?:(?!-->).)*-->|<!DOCTYPE[^>[]*(?:\[[^\]]*\])?\s*>)*<testsuites?[\s/>]/s

/** The files that were asked for. */
export type CheckFiles = { readonly junit?: string | undefined; readonly markdown?: string | undefined }

/** As files that flags name. */
export function checkFiles({ junit, markdown }: CheckFiles): FlagFile[] {
  return [
    // One of any tool: reports are made anew with every run.
    { flag: '--junit', path: junit, what: 'a JUnit report', beginning: junitRoot },
    { flag: '--markdown', path: markdown, what: 'a report of zprom in Markdown', beginning: /^\*\*Verify: / },
  ]
}

/** Writes the files that were asked for, the one also when the other can't be written; what failed. */
export async function writeCheckFiles(
  results: readonly CheckResult[],
  { junit, markdown }: CheckFiles,
  spent?: Spent,
): Promise<readonly FileError[]> {
  const write = async (flag: string, path: string | undefined, text: () => string) => {
    if (path !== undefined) await filesOf(flag).write(resolve(path), text())
  }
  const written = await Promise.allSettled([
    write('--junit', junit, () => formatJunit(results, spent)),
    write('--markdown', markdown, () => formatMarkdown(results, spent)),
  ])
  return written.flatMap(one => {
    if (one.status === 'fulfilled') return []
    if (one.reason instanceof FileError) return [one.reason]
    throw one.reason
  })
}
