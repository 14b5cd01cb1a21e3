import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { schemaNames } from '../../src/report/schema/index.js'
import type { Ran } from './cli.js'

const known = new Map<string, ValidateFunction>()

/** Expects a document to be as the shipped schema of that name says, such as `plan`. */
export function assertDocument(name: string, document: unknown): void {
  const validate = known.get(name) ?? new Ajv2020({ allErrors: true }).compile(readSchema(name))
  known.set(name, validate)
  assert.ok(validate(document), `${name}: ${JSON.stringify(validate.errors, undefined, 2)}`)
}

/** Expects what a run under --json printed to be as the schema of its command says, or as that of failures; any other run passes. */
export function assertPrinted(args: readonly string[], { code, stdout }: Ran): void {
  if (!args.includes('--json') || code === null) return
  const command = commandOf(args)
  // A name that no command has is refused with a document, a flag that a command does not take with a text.
  if (command === undefined && !stdout.startsWith('{')) return
  const succeeded = code === 0 || code === 10
  const name = succeeded && command !== undefined ? schemaNames.get(command) : 'error'
  assertDocument(name ?? `no schema of ${command}`, JSON.parse(stdout))
}

/** The command of a run, when it is one that takes --json: `init cluster`. */
export function commandOf(args: readonly string[]): string | undefined {
  const [first = '', second = ''] = args
  return [`${first} ${second}`, first].find(command => schemaNames.has(command))
}

function readSchema(name: string): object {
  return JSON.parse(readFileSync(new URL(`../../schemas/${name}.schema.json`, import.meta.url), 'utf8'))
}
