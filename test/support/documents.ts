import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'

const known = new Map<string, ValidateFunction>()

/** Expects a document to be as the shipped schema of that name says, such as `plan`. */
export function assertDocument(name: string, document: unknown): void {
  const validate = known.get(name) ?? new Ajv2020({ allErrors: true }).compile(readSchema(name))
  known.set(name, validate)
  assert.ok(validate(document), `${name}: ${JSON.stringify(validate.errors, undefined, 2)}`)
}

function readSchema(name: string): object {
  return JSON.parse(readFileSync(new URL(`../../schemas/${name}.schema.json`, import.meta.url), 'utf8'))
}
