import type { CheckResult } from '../model/check.js'

const marks = { pass: 'ok', warn: 'warn', fail: 'FAIL', skip: '-' } as const

/** Who reaches what, of checks `dial/<reader>/<target>`: a row for each reader. Empty when there is no such check. */
export function formatMatrix(results: readonly CheckResult[]): string {
  const pairs = results.flatMap(({ id, result }) => {
    const [, reader, target] = /^dial\/([^/]+)\/(.+)$/.exec(id) ?? []
    return reader === undefined || target === undefined ? [] : [{ reader, target, result }]
  })
  const targets = [...new Set(pairs.map(({ target }) => target))]
  const readers = [...new Set(pairs.map(({ reader }) => reader))]
  const cell = (reader: string, target: string) => {
    const found = pairs.find(pair => pair.reader === reader && pair.target === target)
    return found === undefined ? '' : marks[found.result]
  }
  const rows = [['', ...targets], ...readers.map(reader => [reader, ...targets.map(target => cell(reader, target))])]
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0))) ?? []
  if (pairs.length === 0) return ''
  return rows
    .map(row =>
      row
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
