import type * as z from 'zod/mini'
import type { SpecProblem } from '../errors.js'
import { specJsonSchema } from './schema.js'
import { type Path, problemAt, problemAtKey, type Source } from './source.js'
import { suggestWord } from './suggest.js'
import { type Fault, quoted } from './text-rule.js'

type Issue = z.core.$ZodIssue
type SchemaNode = z.core.JSONSchema.BaseSchema

/** The validator's findings in words for a person, each at its place in the text. */
export function issueProblems(source: Source, issues: readonly Issue[], before: Path = []): SpecProblem[] {
  return issues.flatMap(issue => {
    const path = [...before, ...issue.path.map(step => (typeof step === 'number' ? step : String(step)))]
    if (issue.code === 'unrecognized_keys') return issue.keys.map(key => unknownKey(source, [...path, key]))
    if (issue.code !== 'invalid_union') return [problemAt(source, path, word(issue, path))]
    const branch = fittingBranch(issue)
    return branch === undefined
      ? [problemAt(source, path, issue.input === undefined ? emptyItem : wrongType(path, issue.input))]
      : issueProblems(source, branch, path)
  })
}

// The alternative of a union that takes this type of value at all.
function fittingBranch(issue: z.core.$ZodIssueInvalidUnion): readonly Issue[] | undefined {
  return issue.errors.find(branch => !branch.some(one => one.code === 'invalid_type' && one.path.length === 0))
}

function unknownKey(source: Source, path: Path): SpecProblem {
  const key = String(path.at(-1))
  const known = Object.keys(schemaAt(path.slice(0, -1)).properties ?? {})
  return problemAtKey(source, path, { message: `unknown key ${quoted(key)}`, suggestion: suggestWord(key, known) })
}

function word(issue: Issue, path: Path): Fault {
  switch (issue.code) {
    case 'custom':
      return { message: issue.message, ...suggestionOf(issue.params) }
    case 'too_small':
    case 'too_big':
      return outOfBounds(issue.input, path)
    case 'invalid_value':
    case 'invalid_type':
      if (issue.input === undefined) return { message: missingText(issue, path) }
      return issue.code === 'invalid_value' ? wrongValue(path, issue.input) : wrongType(path, issue.input)
    default:
      return { message: 'this value does not fit here' }
  }
}

function suggestionOf(params: Record<string, unknown> | undefined): { suggestion?: string } {
  return typeof params?.suggestion === 'string' ? { suggestion: params.suggestion } : {}
}

const emptyItem: Fault = { message: 'an empty item in the list' }

// Fields that are needed bring their own text; what else can be missing is an item of a list.
function missingText(issue: Issue, path: Path): string {
  return typeof path.at(-1) === 'number' ? emptyItem.message : issue.message
}

function wrongValue(path: Path, value: unknown): Fault {
  const known = enumOf(schemaAt(path))
  if (typeof value !== 'string')
    return { message: `${describe(value)} is not possible here`, suggestion: orList(known) }
  const suggestion = suggestWord(value, known)
  return {
    message: `${quoted(value)} is not possible here`,
    suggestion: suggestion.startsWith('Did') ? suggestion : orList(known),
  }
}

function outOfBounds(value: unknown, path: Path): Fault {
  const { minimum, maximum } = schemaAt(path)
  if (minimum === undefined || maximum === undefined)
    return { message: 'the list is empty, but at least one item is needed' }
  return {
    message: `${describe(value)} is not possible here`,
    suggestion: `Write a whole number from ${minimum} to ${maximum}.`,
  }
}

function wrongType(path: Path, value: unknown): Fault {
  const schema = schemaAt(path)
  const message = `must be ${typeWords(schema)}, not ${describe(value)}`
  const scalar = typeof value === 'number' || typeof value === 'boolean'
  if (takes(schema, 'string') && scalar) return { message, suggestion: `Put it in quotes: "${value}".` }
  const key = path.findLast(step => typeof step === 'string')
  if (takes(schema, 'boolean')) return { message, suggestion: `Write \`${key}: true\` or \`${key}: false\`.` }
  if (takes(schema, 'array')) return { message, suggestion: 'Begin each item with "- ".' }
  if (takes(schema, 'object'))
    return { message, suggestion: `Known keys: ${Object.keys(schema.properties ?? {}).join(', ')}.` }
  return { message }
}

function orList(words: readonly string[]): string {
  return `Write ${words.map(word => `\`${word}\``).join(' or ')}.`
}

function typeWords(schema: SchemaNode): string {
  const words: Record<string, string> = {
    string: 'text',
    boolean: 'true or false',
    integer: 'a whole number',
    array: 'a list',
    object: 'a map',
  }
  const types = schema.anyOf?.map(one => one.type) ?? [schema.type]
  return types.map(type => words[String(type)] ?? 'something else').join(' or ')
}

function takes(schema: SchemaNode, type: string): boolean {
  return schema.type === type || (schema.anyOf ?? []).some(one => one.type === type)
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'a map'
  return typeof value === 'string' ? `the text ${quoted(value)}` : String(value)
}

function enumOf(schema: SchemaNode): string[] {
  return (schema.enum ?? []).map(String)
}

// Made once, at the first problem: a file can have hundreds.
let wholeSchema: SchemaNode | undefined

// The JSON Schema says in plain data what the validator's classes hide: the keys and words known at a path.
function schemaAt(path: Path): SchemaNode {
  wholeSchema ??= specJsonSchema()
  let node = wholeSchema
  for (const step of path) {
    const options = [node, ...(node.anyOf ?? [])]
    const next = typeof step === 'number' ? node.items : options.find(one => one.properties?.[step])?.properties?.[step]
    if (next === undefined || typeof next === 'boolean' || Array.isArray(next)) return {}
    node = next
  }
  return node.anyOf === undefined || node.properties !== undefined ? node : withProperties(node)
}

function withProperties(node: SchemaNode): SchemaNode {
  const properties = node.anyOf?.find(one => one.properties !== undefined)?.properties
  return properties === undefined ? node : { ...node, properties }
}
