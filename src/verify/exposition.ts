/** What a text of metrics holds, or why it is none; lines count from 1. */
export type Exposition =
  | {
      readonly samples: number
      readonly metrics: number
      /** Milliseconds since the epoch of the newest sample that says when it was taken; most say nothing. */
      readonly newestMs?: number
    }
  | { readonly line: number; readonly problem: string }

const name = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const label = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"'
// Two runs of white space never meet: a line of nothing else would be tried in all ways to share it between them.
const labels = `\\{\\s*(?:${label}(?:\\s*,\\s*${label})*\\s*(?:,\\s*)?)?\\}`
const value = '(?:[+-]?(?:\\d+\\.?\\d*(?:[eE][+-]?\\d+)?|\\.\\d+(?:[eE][+-]?\\d+)?|[Ii]nf|[Ii]nfinity)|[Nn]a[Nn])'
const timestamp = '-?\\d+(?:\\.\\d+)?'
// OpenMetrics puts an exemplar after a "#".
const sample = new RegExp(`^(${name})(?:\\s*${labels})?\\s+${value}(?:\\s+(${timestamp}))?(?:\\s+#\\s.*)?\\s*$`)

/**
 * Reads the text format of Prometheus (its documentation, "Exposition formats") and what OpenMetrics adds to it: counts
 * samples and metrics, and names the first line that is neither a sample nor a comment. A text without a sample is none.
 */
export function readExposition(text: string): Exposition {
  const metrics = new Set<string>()
  let samples = 0
  let newestMs: number | undefined
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const [, metric, time] = sample.exec(line) ?? []
    if (metric === undefined) return { line: index + 1, problem: `"${shorten(line)}" is no sample` }
    metrics.add(metric)
    samples += 1
    if (time !== undefined) newestMs = Math.max(newestMs ?? 0, millisecondsOf(Number(time)))
  }
  if (samples === 0) return { line: 1, problem: 'there is no sample in it' }
  return { samples, metrics: metrics.size, ...(newestMs !== undefined && { newestMs }) }
}

// The text format has milliseconds, OpenMetrics seconds: as either, a time of these decades is told from the other.
function millisecondsOf(time: number): number {
  return time < 100_000_000_000 ? time * 1000 : time
}

function shorten(line: string): string {
  const clean = line.replace(/\p{Cc}/gu, ' ').trim()
  return clean.length > 60 ? `${clean.slice(0, 60)}…` : clean
}
