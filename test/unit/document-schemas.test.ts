import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
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
})
