import * as z from 'zod'
import { artefactsSchema } from './artefacts.js'
import { checkSchema } from './facts.js'
import type { Document } from './fits.js'

/** What `local up` returns under --json. */
export const localUpSchema = z.strictObject({
  state: z.enum(['started', 'replaced', 'unchanged']).describe('What became of the container.'),
  url: z.string().describe('The list of its targets; of a dark one on the overlay, otherwise on this machine.'),
  artefacts: artefactsSchema,
})

/** The document of `local up`. */
export type LocalUpJson = Document<typeof localUpSchema>

/** What `local down` returns under --json. */
export const localDownSchema = z.strictObject({ stopped: z.boolean().describe('Whether it was running.') })

/** The document of `local down`. */
export type LocalDownJson = Document<typeof localDownSchema>

/** What `sandbox up` and `sandbox status` return under --json. */
export const sandboxSchema = z.strictObject({
  running: z.boolean().describe('It runs and answers.'),
  starting: z.boolean().describe('Its process runs, but was not ready yet.'),
  folder: z.string(),
  url: z.string().nullable().describe('Its controller; null for one that was never started.'),
  profile: z.string().nullable().describe('The login profile to use it with; null unless it runs.'),
  version: z.string().nullable().describe('Of OpenZiti; null unless it runs.'),
  routersOnline: z.int(),
  pid: z.int().nullable(),
})

/** The document of `sandbox up` and `sandbox status`. */
export type SandboxJson = Document<typeof sandboxSchema>

/** What `sandbox down` returns under --json. */
export const sandboxDownSchema = z.strictObject({
  stopped: z.boolean().describe('Whether it was running.'),
  removed: z.boolean().describe('Whether what it kept and its profile are gone too.'),
  left: z.array(z.string()).describe('Names of what else is in its folder, which stays there for it.'),
})

/** The document of `sandbox down`. */
export type SandboxDownJson = Document<typeof sandboxDownSchema>

/** What `sandbox demo` returns under --json. */
export const sandboxDemoSchema = z.strictObject({
  checks: z.array(checkSchema),
  urls: z.record(z.string(), z.string()).describe('By cluster, or local: where its Prometheus was on this machine.'),
})

/** The document of `sandbox demo`. */
export type SandboxDemoJson = Document<typeof sandboxDemoSchema>
