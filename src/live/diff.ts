import { structuredPatch } from 'diff'
import { isScalar, visit } from 'yaml'
import { readSource } from '../spec/source.js'

/** A unified diff of two configurations for a person to look at, what is secret in them hidden; empty for the same text. */
export function diffConfigs(before: string, after: string): string {
  const { hunks } = structuredPatch('', '', shown(before), shown(after), '', '', { context: 2 })
  return hunks
    .flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => [
      `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`,
      ...lines,
    ])
    .join('\n')
}

// Without what only concerns line ends: a last line that gets one has not changed for a person.
function shown(text: string): string {
  const lines = hideSecrets(text).replaceAll('\r', '')
  return lines === '' || lines.endsWith('\n') ? lines : `${lines}\n`
}

// As Prometheus names them: password, bearer_token, credentials, client_secret, secret_key. Those ending in _file are paths.
const secretKey = /(password|token|credentials|secret|secret_key|api_key)$/i
const hidden = '<hidden>'

/** The text with the value of every secret hidden, and the login in every URL. */
export function hideSecrets(text: string): string {
  const ranges: (readonly [number, number, string])[] = []
  visit(readSource(text, '').document, {
    Pair: (_, { key, value }) => {
      if (!isScalar(key) || !isScalar(value) || value.range == null) return
      if (secretKey.test(String(key.value))) ranges.push(rangeOf(text, value.range[0], value.range[1]))
    },
  })
  return ranges
    .toSorted((one, other) => other[0] - one[0])
    .reduce((shown, [start, end, tail]) => `${shown.slice(0, start)}${hidden}${tail}${shown.slice(end)}`, text)
    .replace(/(#.*(?:password|token|credentials|secret|_key)["']?\s*:\s*)\S.*/gi, `$1${hidden}`)
    .replace(/:\/\/[^\s/@"']+@/g, `://${hidden}@`)
}

// A block scalar ends with its line.
function rangeOf(text: string, start: number, end: number): readonly [number, number, string] {
  return [start, end, text[end - 1] === '\n' ? '\n' : '']
}
