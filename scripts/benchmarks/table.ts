/** One thing measured. Times in milliseconds; a row without a target only informs. */
export type Row = {
  readonly what: string
  readonly measured: string
  /** What it is held against, measured in the same run. */
  readonly against?: string
  readonly ratio?: number
  readonly target?: { readonly text: string; readonly met: boolean }
}

/** The middle one of some numbers. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** A duration for a person. */
export function formatMs(ms: number): string {
  if (ms < 10) return `${ms.toFixed(2)} ms`
  return ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(2)} s`
}

/** A row whose value must stay at or below a limit. */
export function atMost(what: string, value: number, limit: number, show: (value: number) => string): Row {
  return { what, measured: show(value), target: { text: `<= ${show(limit)}`, met: value <= limit } }
}

/** A row whose value is judged as a part of another one. */
export function ratioRow(what: string, ms: number, against: { name: string; ms: number }, limit?: number): Row {
  const ratio = ms / against.ms
  return {
    what,
    measured: formatMs(ms),
    against: `${against.name}: ${formatMs(against.ms)}`,
    ratio,
    ...(limit !== undefined && { target: { text: `ratio <= ${limit}`, met: ratio <= limit } }),
  }
}

/** All rows below each other, as a table for a terminal or a Markdown file. */
export function formatTable(rows: readonly Row[]): string {
  const cells = [
    ['what', 'measured', 'against', 'ratio', 'target', ''],
    ...rows.map(({ what, measured, against = '', ratio, target }) => [
      what,
      measured,
      against,
      ratio?.toFixed(2) ?? '',
      target?.text ?? '',
      target === undefined ? '' : target.met ? 'met' : 'missed',
    ]),
  ]
  const widths = cells[0]?.map((_, column) => Math.max(...cells.map(row => row[column]?.length ?? 0))) ?? []
  const line = (row: readonly string[]) => `| ${widths.map((width, at) => (row[at] ?? '').padEnd(width)).join(' | ')} |`
  const [head = [], ...body] = cells
  return [line(head), line(widths.map(width => '-'.repeat(width))), ...body.map(line)].join('\n')
}
