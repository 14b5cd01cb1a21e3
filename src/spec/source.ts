import type { Document, ParsedNode } from 'yaml'
import { isAlias, isCollection, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from 'yaml'
import type { SpecProblem } from '../errors.js'
import { asSentence, type Fault } from './text-rule.js'

/** Where something stands in a spec: keys and indexes from the root. */
export type Path = readonly (string | number)[]

/** A spec as text and as a YAML document, which knows where everything stands. */
export type Source = {
  readonly file: string
  readonly text: string
  readonly document: Document.Parsed<ParsedNode>
  readonly lines: LineCounter
}

/** Reads YAML and judges nothing; mistakes wait in `document.errors`. `merge`: `<<` takes in the keys of another map. */
export function readSource(text: string, file: string, { merge = false } = {}): Source {
  const lines = new LineCounter()
  // Core schema whatever a %YAML directive says, so that `yes` stays text and no tag makes bytes or dates of it.
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'error',
    schema: 'core',
    resolveKnownTags: false,
    merge,
  })
  return { file, text, document, lines }
}

/** The pair of a map whose key reads `key`. */
export function pairAt(map: unknown, key: string): Pair | undefined {
  if (!isMap(map)) return undefined
  return map.items.findLast(pair => isScalar(pair.key) && String(pair.key.value ?? '') === key)
}

/** The node at a path, aliases followed; undefined when there is none. */
export function nodeAt(source: Source, path: Path): Node | undefined {
  let node: unknown = source.document.contents
  for (const step of path) {
    const parent = isAlias(node) ? node.resolve(source.document) : node
    node = typeof step === 'string' ? pairAt(parent, step)?.value : isSeq(parent) ? parent.items[step] : undefined
  }
  return isScalar(node) || isCollection(node) || isAlias(node) ? node : undefined
}

/** A problem at the value that stands at `path`, or at the closest thing around it that is there. */
export function problemAt(source: Source, path: Path, fault: Fault): SpecProblem {
  return problem(source, path, offsetOfValue(source, path), fault)
}

/** A problem at the key itself rather than at its value. */
export function problemAtKey(source: Source, path: Path, fault: Fault): SpecProblem {
  const key = path.at(-1)
  const parent = nodeAt(source, path.slice(0, -1))
  const map = isAlias(parent) ? parent.resolve(source.document) : parent
  const node = key === undefined ? undefined : pairAt(map, String(key))?.key
  const offset = isScalar(node) ? node.range?.[0] : undefined
  return problem(source, path, offset ?? offsetOfValue(source, path), fault)
}

/** A problem at an offset into the text. */
export function problemAtOffset(source: Source, offset: number, fault: Fault): SpecProblem {
  return problem(source, [], offset, fault)
}

/** The line, counted from 1, on which the value at a path stands. */
export function lineOf(source: Source, path: Path): number {
  return problemAt(source, path, { message: '' }).line
}

/** `clusters[0].name` */
export function dotted(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`
    return text === '' ? step : `${text}.${step}`
  }, '')
}

function offsetOfValue(source: Source, path: Path): number {
  for (let length = path.length; length >= 0; length--) {
    const offset = nodeAt(source, path.slice(0, length))?.range?.[0]
    if (offset !== undefined) return offset
  }
  return 0
}

function problem(source: Source, path: Path, offset: number, fault: Fault): SpecProblem {
  const { line, col } = source.lines.linePos(offset)
  const mark = line <= 1 && source.text.startsWith('\uFEFF') ? 1 : 0
  return {
    file: source.file,
    line: Math.max(1, line),
    column: Math.max(1, col - mark),
    path: dotted(path),
    ...asSentence(fault),
  }
}
