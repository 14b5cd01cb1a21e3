// Writes the JSON Schemas, of zprom.yaml for editors and of what commands print under --json: npx tsx scripts/generate-schemas.ts
import { mkdir, writeFile } from 'node:fs/promises'
import { documentSchemas } from '../src/report/schema/index.js'
import { specJsonSchema } from '../src/spec/schema.js'

const schemas = { 'zprom.schema.json': specJsonSchema(), ...documentSchemas() }
const folder = new URL('../schemas/', import.meta.url)

await mkdir(folder, { recursive: true })
for (const [name, schema] of Object.entries(schemas)) {
  await writeFile(new URL(name, folder), `${JSON.stringify(schema, null, 2)}\n`)
}
