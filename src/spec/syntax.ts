import { isCollection, isScalar, visit, type YAMLError } from 'yaml'
import type { SpecProblem } from '../errors.js'
import { problemAtOffset, type Source } from './source.js'
import { type Fault, quoted } from './text-rule.js'

/**
 * What is wrong with a text as YAML, one problem a line. `fatal`: the rest of the file cannot be judged. `what`: what the
 * text should be, for messages.
 */
export function syntaxProblems(source: Source, what = 'a spec'): { problems: SpecProblem[]; fatal: boolean } {
  const binary = source.text.search(/[^\P{Cc}\t\n\r\u0085]/u)
  if (binary >= 0) {
    const message = 'a control character stands here: is this a text file?'
    return { problems: [problemAtOffset(source, binary, { message })], fatal: true }
  }
  const lost = source.text.indexOf('\uFFFD')
  if (lost >= 0) {
    const fault = { message: 'a character here is not UTF-8', suggestion: 'Save the file as UTF-8.' }
    return { problems: [problemAtOffset(source, lost, fault)], fatal: true }
  }
  const { errors, warnings } = source.document
  const fatal = errors.some(error => error.code !== 'DUPLICATE_KEY')
  const keys = errors.some(error => error.code === 'DUPLICATE_KEY') ? keysByOffset(source) : new Map<number, string>()
  const found = [...errors, ...warnings].map(error =>
    problemAtOffset(source, offsetOf(source, error), word(source, error, { keys, what })),
  )
  if (fatal) return { problems: onePerLine(found), fatal }
  const unreadable = unreadableNodes(source)
  return { problems: onePerLine([...found, ...unreadable]), fatal: unreadable.length > 0 }
}

type Words = { readonly keys: ReadonlyMap<number, string>; readonly what: string }

function word(source: Source, error: YAMLError, { keys, what }: Words): Fault {
  const here = source.text.slice(...error.pos)
  switch (error.code) {
    case 'TAB_AS_INDENT':
      return { message: 'a tab is used for indentation, which YAML does not allow', suggestion: 'Use spaces.' }
    case 'DUPLICATE_KEY':
      return {
        message: `the key ${quoted(keys.get(offsetOf(source, error)) ?? '')} is there twice in one map`,
        suggestion: 'Keep one of the two.',
      }
    case 'MULTIPLE_DOCS':
      return {
        message: `a second YAML document begins here, and ${what} is a single one`,
        suggestion: 'Remove the `---`.',
      }
    case 'RESOURCE_EXHAUSTION':
      return { message: 'this is nested too deeply to read' }
    case 'TAG_RESOLVE_FAILED':
      return { message: `the tag ${quoted(here)} means nothing in ${what}`, suggestion: 'Remove it.' }
    case 'MISSING_CHAR':
      if (/quote/.test(error.message)) return { message: 'a quote is opened here and not closed' }
  }
  return { message: `not valid YAML: ${error.message.charAt(0).toLowerCase()}${error.message.slice(1)}` }
}

// An unclosed quote is noticed at the end of the file; what helps is where it was opened.
function offsetOf(source: Source, error: YAMLError): number {
  let offset = error.pos[0]
  // After an empty value the parser points at the end of the line before the key.
  if (error.code === 'DUPLICATE_KEY') return offset + (/^\s*/.exec(source.text.slice(offset))?.[0].length ?? 0)
  if (error.code !== 'MISSING_CHAR' || !/quote/.test(error.message)) return offset
  visit(source.document, {
    Scalar: (_, node) => {
      const quotedText = node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE'
      const [start, end] = node.range ?? [0, 0]
      if (quotedText && start < offset && end >= error.pos[0]) offset = start
    },
  })
  return offset
}

function keysByOffset(source: Source): ReadonlyMap<number, string> {
  const keys = new Map<number, string>()
  visit(source.document, {
    Pair: (_, { key }) => {
      if (isScalar(key) && key.range) keys.set(key.range[0], String(key.value ?? ''))
    },
  })
  return keys
}

// What YAML allows and no such text can mean: keys that are no words, aliases that lead nowhere.
function unreadableNodes(source: Source): SpecProblem[] {
  const problems: SpecProblem[] = []
  const report = (offset: number | undefined, message: string) =>
    problems.push(problemAtOffset(source, offset ?? 0, { message }))
  visit(source.document, {
    Pair: (_, { key }) => {
      if (!isScalar(key)) report(isCollection(key) ? key.range?.[0] : undefined, 'a key must be a plain word')
    },
    Alias: (_, node) => {
      if (node.resolve(source.document) === undefined) {
        report(node.range?.[0], `the alias ${quoted(`*${node.source}`)} has no anchor before it`)
      }
    },
  })
  return problems
}

function onePerLine(problems: readonly SpecProblem[]): SpecProblem[] {
  const lines = new Map<number, SpecProblem>()
  for (const problem of problems) if (!lines.has(problem.line)) lines.set(problem.line, problem)
  return [...lines.values()]
}
