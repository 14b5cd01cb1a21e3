import { structuredPatch } from 'diff'
import { type Document, isAlias, isMap, isNode, isScalar, isSeq, type Node, type Scalar, visit } from 'yaml'
import { commentedSecret, hidden, hideLogins, secretKey } from '../model/secrets.js'
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

/** The text with everything below the key of a secret hidden, and the login and the query values in every URL and path. */
export function hideSecrets(text: string): string {
  const { document } = readSource(text, '')
  const secret = new Set<Scalar>()
  visit(document, {
    Pair: (_, { key, value }) => {
      if (isScalar(key) && isNode(value) && secretKey.test(String(key.value))) addScalars(value, document, secret)
    },
  })
  const shown = [...secret]
    .flatMap(({ range }) => (range == null || range[0] === range[1] ? [] : [rangeOf(text, range[0], range[1])]))
    .toSorted((one, other) => other[0] - one[0])
    .reduce((shown, [start, end, tail]) => `${shown.slice(0, start)}${hidden}${tail}${shown.slice(end)}`, text)
    .replace(commentedSecret, `$1${hidden}`)
  return hideLogins(shown).replace(/[\w/][?]\S*=\S*/g, query =>
    query.replace(/([?&][\w.[\]%~-]+=)[^\s&"'#]+/g, `$1${hidden}`),
  )
}

// Values alone: what the keys below are called may stand. An alias shows what stands elsewhere, so that is hidden there.
function addScalars(node: Node, document: Document, found: Set<Scalar>, seen = new Set<Node>()): void {
  if (seen.has(node)) return
  seen.add(node)
  if (isScalar(node)) found.add(node)
  const below = isMap(node) ? node.items.map(({ value }) => value) : isSeq(node) ? node.items : []
  for (const one of isAlias(node) ? [node.resolve(document)] : below)
    if (isNode(one)) addScalars(one, document, found, seen)
}

// A block scalar ends with its line.
function rangeOf(text: string, start: number, end: number): readonly [number, number, string] {
  return [start, end, text[end - 1] === '\n' ? '\n' : '']
}
