import * as z from 'zod'
import { completionSchema, renderSchema } from './artefacts.js'
import { addTargetSchema, devIdentitySchema, importSchema, removeClusterSchema, removeTargetSchema } from './edits.js'
import { errorSchema } from './error.js'
import { lineSchema } from './events.js'
import { checksSchema, targetsSchema } from './facts.js'
import { localDownSchema, localUpSchema, sandboxDemoSchema, sandboxDownSchema, sandboxSchema } from './machine.js'
import { planSchema } from './plan.js'
import { installSchema, runSchema } from './run.js'
import { loginSchema, logoutSchema, whoAmISchema } from './session.js'

// Nothing of this is loaded by a command: the schemas are for those who read the documents, and for the tests.
const documents = {
  plan: { of: ['plan'], schema: planSchema },
  apply: { of: ['apply', 'destroy', 'init cluster', 'init local'], schema: runSchema },
  verify: { of: ['verify'], schema: checksSchema },
  import: { of: ['import'], schema: importSchema },
  'dev-identity': { of: ['dev-identity'], schema: devIdentitySchema },
  'remove-cluster': { of: ['remove cluster'], schema: removeClusterSchema },
  'add-target': { of: ['add-target'], schema: addTargetSchema },
  'remove-target': { of: ['remove-target'], schema: removeTargetSchema },
  targets: { of: ['targets'], schema: targetsSchema },
  render: { of: ['render'], schema: renderSchema },
  install: { of: ['install'], schema: installSchema },
  'local-up': { of: ['local up'], schema: localUpSchema },
  'local-down': { of: ['local down'], schema: localDownSchema },
  login: { of: ['login'], schema: loginSchema },
  logout: { of: ['logout'], schema: logoutSchema },
  whoami: { of: ['whoami'], schema: whoAmISchema },
  sandbox: { of: ['sandbox up', 'sandbox status'], schema: sandboxSchema },
  'sandbox-down': { of: ['sandbox down'], schema: sandboxDownSchema },
  'sandbox-demo': { of: ['sandbox demo'], schema: sandboxDemoSchema },
  completion: { of: ['completion'], schema: completionSchema },
} as const

/** Command -> name of the schema of what it prints under --json: `init local` -> `apply`. Of the commands that take --json. */
export const schemaNames: ReadonlyMap<string, string> = new Map(
  Object.entries(documents).flatMap(([name, { of }]) => of.map(command => [command, name] as const)),
)

/** The JSON Schemas of what commands print under --json, by file name; the committed copies are in schemas/. */
export function documentSchemas(): Readonly<Record<string, z.core.JSONSchema.BaseSchema>> {
  const all = [
    ...Object.entries(documents).map(([name, { of, schema }]) =>
      describe(name, `${typed(of)} --json`, withWarnings(schema)),
    ),
    describe('event', 'One line of zprom apply, init and destroy --ndjson', lineSchema),
    describe('error', 'What any command gives under --json when it fails', withWarnings(errorSchema)),
  ]
  return Object.fromEntries(all)
}

// Under --ndjson they are events.
function withWarnings(schema: z.ZodObject): z.ZodType {
  const text = 'What a person would have been warned of; left out when there is nothing.'
  return schema.extend({ warnings: z.array(z.string()).min(1).optional().describe(text) })
}

function typed(commands: readonly string[]): string {
  return commands.map(command => `zprom ${command}`).join(', ')
}

function describe(name: string, title: string, schema: z.ZodType) {
  return [`${name}.schema.json`, { title, ...z.toJSONSchema(schema, { io: 'input' }) }] as const
}
