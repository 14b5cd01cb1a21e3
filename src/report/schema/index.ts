import { z } from 'zod'
import { errorSchema } from './error.js'
import { lineSchema } from './events.js'
import { checksSchema, targetsSchema, whoAmISchema } from './facts.js'
import { planSchema } from './plan.js'
import { runSchema } from './run.js'

// Nothing of this is loaded by a command: the schemas are for those who read the documents, and for the tests.
const documents = {
  plan: ['zprom plan --json', planSchema],
  apply: ['zprom apply, init and destroy --json', runSchema],
  verify: ['zprom verify --json', checksSchema],
  targets: ['zprom targets --json', targetsSchema],
  whoami: ['zprom whoami --json', whoAmISchema],
  event: ['One line of zprom apply, init and destroy --ndjson', lineSchema],
  error: ['What any command gives under --json when it fails', errorSchema],
} as const

/** The JSON Schemas of what commands print under --json, by file name; the committed copies are in schemas/. */
export function documentSchemas(): Readonly<Record<string, z.core.JSONSchema.BaseSchema>> {
  return Object.fromEntries(
    Object.entries(documents).map(([name, [title, schema]]) => [
      `${name}.schema.json`,
      { title, ...z.toJSONSchema(schema, { io: 'input' }) },
    ]),
  )
}
