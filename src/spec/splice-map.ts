import { isMap } from 'yaml'
import { endOf } from './ends.js'
import { columnOf } from './lines.js'
import { nodeAt, type Path, type Source } from './source.js'
import { blockLines, flowText } from './splice.js'

/**
 * The text with the map at `path` printed anew where it stands; comments inside it are lost. Undefined where there is no
 * map. The caller checks the result, as with the other splices.
 */
export function replaceMap(source: Source, path: Path, value: object): string | undefined {
  const node = nodeAt(source, path)
  const start = node?.range?.[0]
  const end = endOf(node)
  if (!isMap(node) || start === undefined || end === undefined) return undefined
  const { text } = source
  const printed = node.flow === true ? flowText(source, value) : blockText(text, columnOf(text, start), value)
  // A block scalar ends with its line.
  const tail = text[end - 1] === '\n' ? newlineOf(text) : ''
  return `${text.slice(0, start)}${printed}${tail}${text.slice(end)}`
}

function blockText(text: string, column: number, value: object): string {
  return blockLines(value).join(`${newlineOf(text)}${' '.repeat(column)}`)
}

function newlineOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n'
}
