import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { documentSchemas } from '../../src/report/schema/index.js'

describe('the JSON Schemas of what commands print', () => {
  it('are the committed files (npx tsx scripts/generate-schemas.ts)', () => {
    for (const [name, schema] of Object.entries(documentSchemas())) {
      const file = new URL(`../../schemas/${name}`, import.meta.url)
      assert.equal(readFileSync(file, 'utf8'), `${JSON.stringify(schema, null, 2)}\n`, name)
    }
  })

  it('refuse members that they do not name', () => {
    for (const [name, schema] of Object.entries(documentSchemas()))
      assert.equal(new Ajv2020().compile(schema)({ surprise: 1 }), false, name)
  })

  it('name the code of every class of failure', () => {
    const folder = fileURLToPath(new URL('../../src/', import.meta.url))
    const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(path => path.endsWith('.ts'))
    const codes = sources.flatMap(path =>
      [...readFileSync(folder + path, 'utf8').matchAll(/ readonly code = '(\w+)'/g)].map(([, code]) => code),
    )
    assert.ok(codes.length > 10)
    const validate = new Ajv2020().compile(documentSchemas()['error.schema.json'] ?? {})
    for (const code of codes) assert.ok(validate({ error: { code, message: 'm', exitCode: 5 } }), code)
  })
})
