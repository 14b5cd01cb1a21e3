// The geometry of a text: columns, line ends, the comments that belong to what stands before them.

/** Lines to put into a text, before the line that begins at `offset`. */
export type Insertion = {
  readonly offset: number
  readonly lines: readonly string[]
  readonly column: number
  /** Whether a blank line goes before them. */
  readonly gap?: boolean
}

/** The text with more lines, with the line ends that it has already. */
export function insertLines(text: string, { offset, lines, column, gap = false }: Insertion): string {
  const newline = text.includes('\r\n') ? '\r\n' : '\n'
  const block = lines.map(line => `${' '.repeat(column)}${line}${newline}`).join('')
  const before = text.slice(0, offset)
  const open = before === '' || before === '\uFEFF' || before.endsWith('\n') ? '' : newline
  return `${before}${open}${gap ? newline : ''}${block}${text.slice(offset)}`
}

/** How far an offset is from the start of its line. */
export function columnOf(text: string, offset: number): number {
  const start = text.lastIndexOf('\n', offset - 1) + 1
  return offset - start - (start === 0 && text.startsWith('\uFEFF') ? 1 : 0)
}

/** The start of the line after the one that `offset` is the end of; a block scalar ends there already. */
export function nextLine(text: string, offset: number): number {
  return offset > 0 && text[offset - 1] === '\n' ? offset : lineAfter(text, offset)
}

/** The first line from `offset` on that is no comment indented by at least `column`: such comments belong to what is before. */
export function afterComments(text: string, offset: number, column: number): number {
  let end = offset
  for (let start = offset; start < text.length; start = lineAfter(text, start)) {
    const line = text.slice(start, lineAfter(text, start))
    const indent = line.search(/\S/)
    if (indent === -1) continue
    if (line[indent] !== '#' || indent < column) break
    end = start + line.length
  }
  return end
}

/** Whether there is a blank line in a piece of text. */
export function hasBlankLine(text: string): boolean {
  return /\n[ \t]*\r?\n/.test(text)
}

function lineAfter(text: string, offset: number): number {
  const end = text.indexOf('\n', offset)
  return end === -1 ? text.length : end + 1
}
