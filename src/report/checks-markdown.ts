import type { CheckResult } from '../model/check.js'
import { showControls } from '../model/shown.js'
import { summarizeChecks } from './checks-text.js'
import type { Spent } from './spent.js'

const marks = { pass: '✅', warn: '⚠️', fail: '❌', skip: '⏭️' } as const

/** Check results for a pull request: the counts, what did not pass as a table, and all of them folded away. */
export function formatMarkdown(results: readonly CheckResult[], spent?: Spent): string {
  const noteworthy = results.filter(({ result }) => result !== 'pass')
  return [
    `**${summarizeChecks(results, spent)}**`,
    '',
    ...(noteworthy.length === 0 ? [] : [...table(noteworthy), '']),
    '<details><summary>All checks</summary>',
    '',
    ...table(results),
    '',
    '</details>',
    '',
  ].join('\n')
}

function table(results: readonly CheckResult[]): string[] {
  const rows = results.map(
    ({ id, title, result, detail, hint }) =>
      `| ${marks[result]} | ${cell(title)} | ${cell(detail)}${hint === undefined ? '' : `<br>${cell(hint)}`} | \`${cellCode(id)}\` |`,
  )
  return ['| | check | finding | id |', '|---|---|---|---|', ...rows]
}

// One line, and nothing in it that Markdown, HTML, or a code host (mentions, issues, addresses) would take for its own.
function cell(text: string): string {
  return showControls(text.replace(/\s+/g, ' '))
    .replace(/[\\`*_~[\]|]/g, one => `\\${one}`)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/:(?=\/\/)|@(?=\w)|#(?=\d)|\bwww(?=\.)|\bGH(?=-\d)/g, one => `${one}<span></span>`)
}

// A bar ends a cell within backticks too.
function cellCode(text: string): string {
  return showControls(text).replaceAll('`', "'").replaceAll('|', '\\|')
}
