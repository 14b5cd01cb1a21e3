import { isCollection, isMap, isPair, isScalar, isSeq, type Node, stringify, type YAMLMap, type YAMLSeq } from 'yaml'
import { endOf } from './ends.js'
import { afterComments, columnOf, hasBlankLine, insertLines, nextLine } from './lines.js'
import { nodeAt, type Path, pairAt, type Source } from './source.js'

/** One value of a spec, set or added; the index after the last of a list adds an item. */
export type Change = { readonly path: Path; readonly value: unknown }

/**
 * The text with one change, every line that says something else left as it is, byte for byte. Undefined where the text is
 * laid out in a way that this does not know. The caller checks the result, so a wrong guess about a layout does no harm.
 */
export function spliceChange(source: Source, { path, value }: Change): string | undefined {
  const key = path.at(-1)
  if (key === undefined) return undefined
  const node = nodeAt(source, path)
  if (node !== undefined) return replaceNode(source, node, { path, value })
  const parent = nodeAt(source, path.slice(0, -1))
  const entry = typeof key === 'number' ? [value] : { [key]: value }
  if ((isMap(parent) || isSeq(parent)) && parent.items.length > 0) return addEntry(source, parent, entry)
  if (path.length > 1) return spliceChange(source, { path: path.slice(0, -1), value: entry })
  return isCollection(parent) ? undefined : addAtEnd(source, 0, entry)
}

// A scalar, or a collection with nothing in it such as `clusters: []`, gives way to the value.
function replaceNode(source: Source, node: Node, change: Change): string | undefined {
  const isEmpty = isCollection(node) ? node.items.length === 0 : isScalar(node) && node.value === null
  if (!isEmpty && !isScalar(node)) return undefined
  const [start, end] = node.range ?? [0, 0]
  const before = source.text.slice(0, start)
  const after = source.text.slice(end)
  if (typeof change.value === 'object' && !isInFlow(source, change.path)) {
    const written = source.text.slice(start, end).trim()
    // Comments inside brackets would be lost.
    if (written.includes('\n')) return undefined
    return addBelowKey(source, written === '' ? source.text : `${before.replace(/[ \t]+$/, '')}${after}`, change)
  }
  return `${before}${/[:\-,]$/.test(before) ? ' ' : ''}${flowText(source, change.value)}${after}`
}

// `text` is that of the source with nothing after the key any more.
function addBelowKey(source: Source, text: string, { path, value }: Change): string | undefined {
  const key = pairAt(nodeAt(source, path.slice(0, -1)), String(path.at(-1)))?.key
  if (!isScalar(key) || !key.range) return undefined
  const column = columnOf(text, key.range[0])
  const offset = afterComments(text, nextLine(text, key.range[1]), column + 1)
  return insertLines(text, { offset, lines: blockLines(value), column: column + 2 })
}

function addEntry(source: Source, parent: YAMLMap | YAMLSeq, entry: unknown): string | undefined {
  const { text } = source
  const last = parent.items.at(-1)
  const end = endOf(last)
  const start = isPair(last) && isScalar(last.key) ? last.key.range?.[0] : parent.range?.[0]
  if (end === undefined || start === undefined) return undefined
  if (parent.flow) {
    const words = flowText(source, entry).replace(/^[[{]\s*|\s*[\]}]$/g, '')
    return `${text.slice(0, end)}, ${words}${text.slice(end)}`
  }
  const column = columnOf(text, start)
  if (parent === source.document.contents) return addAtEnd(source, column, entry)
  // In a list that is not indented, comments in the first column belong to what comes next.
  const offset = afterComments(text, nextLine(text, end), Math.max(column, 1))
  return insertLines(text, { offset, lines: blockLines(entry), column, gap: hasGaps(text, parent) })
}

// A new key comes after everything, comments at the end included, and after a blank line if the file has any.
function addAtEnd({ text }: Source, column: number, entry: unknown): string {
  const gap = hasBlankLine(text) && !/\n[ \t]*\r?\n$/.test(text)
  return insertLines(text, { offset: text.length, lines: blockLines(entry), column, gap })
}

/** A value as the lines of a block, not indented. */
export function blockLines(value: unknown): string[] {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false }).trimEnd().split('\n')
}

/** A value on one line. A file that is written as JSON stays JSON. */
export function flowText({ text }: Source, value: unknown): string {
  if (/^\uFEFF?\s*\{\s*"/.test(text)) return JSON.stringify(value)
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0, aliasDuplicateObjects: false }).trim()
}

function isInFlow(source: Source, path: Path): boolean {
  const around = path.map((_, length) => nodeAt(source, path.slice(0, length)))
  return around.some(node => isCollection(node) && node.flow === true)
}

// Whether the last two items of a list stand apart.
function hasGaps(text: string, parent: YAMLMap | YAMLSeq): boolean {
  const [before, last] = parent.items.slice(-2)
  const start = isMap(last) || isScalar(last) ? last.range?.[0] : undefined
  const end = endOf(before)
  return start !== undefined && end !== undefined && hasBlankLine(text.slice(end, start))
}
