import { SpecError, type SpecProblem } from '../errors.js'
import { crossProblems } from './cross-checks.js'
import { tooDeepAt } from './depth.js'
import { earlyScrapeProblems } from './early-scrapes.js'
import { issueProblems } from './issues.js'
import { withoutNulls } from './raw.js'
import { type Spec, specSchema } from './schema.js'
import { problemAt, readSource, type Source } from './source.js'
import { syntaxProblems } from './syntax.js'

/**
 * A zprom.yaml as data, with every default filled in. `file` is only named in messages. An empty text asks for nothing.
 * Throws SpecError with every problem of the text at once, in the order of the text.
 */
export function parseSpec(text: string, file: string): Spec {
  return parseWithSource(text, file).spec
}

/** The same, with the text as a document that knows where everything stands. */
export function parseWithSource(text: string, file: string): { spec: Spec; source: Source } {
  const deep = tooDeepAt(text)
  if (deep !== undefined) throw new SpecError([tooDeep(text, file, deep)])
  const source = readSource(text, file)
  return { spec: parseSource(source), source }
}

function parseSource(source: Source): Spec {
  const syntax = syntaxProblems(source)
  if (syntax.fatal) throw new SpecError(inOrder(syntax.problems))
  const data = dataOf(source)
  const parsed = specSchema.safeParse(data, { reportInput: true })
  const issues = parsed.error?.issues ?? []
  const isEarly = !parsed.success && !issues.some(({ code }) => code === 'unrecognized_keys')
  const problems = [
    ...syntax.problems,
    ...issueProblems(source, issues),
    ...crossProblems(source, data, parsed.data),
    ...(isEarly ? earlyScrapeProblems(source, data) : []),
  ]
  if (problems.length > 0 || !parsed.success) throw new SpecError(inOrder(problems))
  return parsed.data
}

function tooDeep(text: string, file: string, offset: number): SpecProblem {
  const before = text.slice(0, offset).split('\n')
  const column = (before.at(-1)?.length ?? 0) + 1
  return { file, line: before.length, column, path: '', message: 'this is nested too deeply for a spec' }
}

function dataOf(source: Source): unknown {
  const data = withoutNulls(jsOf(source)) ?? {}
  if (typeof data === 'object' && !Array.isArray(data)) return data
  const message = `a spec is a map of keys and values, not ${Array.isArray(data) ? 'a list' : 'a single value'}`
  throw new SpecError([problemAt(source, [], { message, suggestion: 'Begin with `stack: <a name>` and `clusters:`.' })])
}

function jsOf(source: Source): unknown {
  try {
    return source.document.toJS()
  } catch {
    // All that is left to go wrong once the syntax is checked.
    const message = 'the aliases of this file unfold into too much data'
    throw new SpecError([problemAt(source, [], { message, suggestion: 'Write the values out.' })])
  }
}

function inOrder(problems: readonly SpecProblem[]): SpecProblem[] {
  return problems.toSorted((one, other) => one.line - other.line || one.column - other.column)
}
