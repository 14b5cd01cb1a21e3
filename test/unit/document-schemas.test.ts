import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { documentSchemas, schemaNames } from '../../src/report/schema/index.js'
import { loadCommands } from '../support/commands.js'

const root = fileURLToPath(new URL('../../', import.meta.url))

describe('the JSON Schemas of what commands print', () => {
  it('are the committed files (npx tsx scripts/generate-schemas.ts)', () => {
    for (const [name, schema] of Object.entries(documentSchemas()))
      assert.equal(readFileSync(`${root}schemas/${name}`, 'utf8'), `${JSON.stringify(schema, null, 2)}\n`, name)
    const names = ['zprom.schema.json', ...Object.keys(documentSchemas())]
    assert.deepEqual(readdirSync(`${root}schemas`).sort(), names.sort())
  })

  it('are named for every command that takes --json, and for no other', async () => {
    const { commands } = await loadCommands()
    const withJson = commands.filter(({ flags }) => flags.json !== undefined)
    assert.deepEqual([...schemaNames.keys()].sort(), withJson.map(({ id }) => id.replaceAll(':', ' ')).sort())
  })

  it('are listed in docs/report.md, each with its commands', () => {
    const rows = readFileSync(`${root}docs/report.md`, 'utf8').matchAll(/^\| `([\w-]+)` \| (`zprom .*) \|$/gm)
    const listed = [...rows].flatMap(([, name = '', commands = '']) =>
      [...commands.matchAll(/`(?:zprom )?([^`]+)`/g)].map(([, command = '']) => [command, name] as const),
    )
    assert.deepEqual(new Map(listed), schemaNames)
    assert.equal(listed.length, schemaNames.size)
  })

  it('refuse members that they do not name', () => {
    for (const [name, schema] of Object.entries(documentSchemas()))
      assert.equal(new Ajv2020().compile(schema)({ surprise: 1 }), false, name)
  })

  it('name the code of every class of failure', () => {
    const folder = `${root}src/`
    const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(path => path.endsWith('.ts'))
    const codes = sources.flatMap(path =>
      [...readFileSync(folder + path, 'utf8').matchAll(/ readonly code = '(\w+)'/g)].map(([, code]) => code),
    )
    assert.ok(codes.length > 10)
    const validate = new Ajv2020().compile(documentSchemas()['error.schema.json'] ?? {})
    for (const code of codes) assert.ok(validate({ error: { code, message: 'm', exitCode: 5 } }), code)
  })
})
