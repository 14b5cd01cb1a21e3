import { isNode, isScalar, isSeq, type YAMLSeq } from 'yaml'
import { endOf } from './ends.js'
import { columnOf, nextLine } from './lines.js'
import { nodeAt, type Path, pairAt, type Source } from './source.js'

/**
 * The text without one item of a list, every other line left as it is, comments included; a list that has no other item is
 * left as `[]`. Undefined where the text is laid out in a way that this does not know; the caller checks the result.
 */
export function spliceRemoval(source: Source, path: Path): string | undefined {
  const list = nodeAt(source, path.slice(0, -1))
  const index = Number(path.at(-1))
  if (!isSeq(list) || list.items[index] === undefined) return undefined
  if (list.flow === true) return removeInBrackets(source.text, list, index)
  const [from, to] = linesOf(source.text, list, index) ?? []
  if (from === undefined || to === undefined) return undefined
  const rest = source.text.slice(0, from) + source.text.slice(to)
  return list.items.length > 1 ? rest : insertEmpty(source, rest, path.slice(0, -1))
}

// With the comma before it, or after it if it is the first.
function removeInBrackets(text: string, list: YAMLSeq, index: number): string | undefined {
  const starts = list.items.map(item => (isNode(item) ? item.range?.[0] : undefined))
  const ends = list.items.map(endOf)
  const isFirst = index === 0
  const [from, to] = isFirst ? [starts[0], starts[1] ?? ends[0]] : [ends[index - 1], ends[index]]
  if (from === undefined || to === undefined) return undefined
  // A comment inside the brackets would be lost.
  if (text.slice(from, to).includes('#')) return undefined
  const rest = text.slice(to)
  return text.slice(0, from) + (list.items.length === 1 ? rest.replace(/^\s*,/, '') : rest)
}

// From its dash to the end of its last line. One of two blank lines that would come together goes too.
function linesOf(text: string, list: YAMLSeq, index: number): [number, number] | undefined {
  const item = list.items[index]
  const start = isNode(item) ? item.range?.[0] : undefined
  const end = endOf(item)
  const first = list.range?.[0]
  if (start === undefined || end === undefined || first === undefined) return undefined
  const floor = index === 0 ? first : endOf(list.items[index - 1])
  const dash = dashBefore(text, { start, floor: floor ?? first, column: columnOf(text, first) })
  if (dash === undefined) return undefined
  const to = nextLine(text, end)
  const before = /\n[ \t]*\r?\n$/.test(text.slice(0, dash))
  const after = to === text.length || /^[ \t]*\r?\n/.test(text.slice(to))
  return [before && after ? text.lastIndexOf('\n', dash - 2) + 1 : dash, to]
}

type Dash = { readonly start: number; readonly floor: number; readonly column: number }

// The start of the line that holds the dash of an item, which may stand lines above what it holds.
function dashBefore(text: string, { start, floor, column }: Dash): number | undefined {
  const bottom = text.lastIndexOf('\n', floor - 1) + 1
  for (let line = text.lastIndexOf('\n', start - 1) + 1; line >= bottom; line = text.lastIndexOf('\n', line - 2) + 1) {
    const indent = /^(\uFEFF?[ \t]*)-(?=\s)/.exec(text.slice(line))?.[1]
    if (indent !== undefined && columnOf(text, line + indent.length) === column) return line
    if (line === 0) return undefined
  }
  return undefined
}

// `text` is that of the source without the lines of the list.
function insertEmpty(source: Source, text: string, path: Path): string | undefined {
  const key = pairAt(nodeAt(source, path.slice(0, -1)), String(path.at(-1)))?.key
  if (!isScalar(key) || !key.range) return undefined
  const colon = text.indexOf(':', key.range[1])
  return colon === -1 ? undefined : `${text.slice(0, colon + 1)} []${text.slice(colon + 1)}`
}
