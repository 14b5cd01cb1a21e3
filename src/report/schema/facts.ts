import { z } from 'zod'
import type { CheckResult } from '../../model/check.js'
import type { TargetUse } from '../../model/scrape.js'
import { schemaOf } from './fits.js'

const dial = z.strictObject({
  reader: z.string(),
  target: z.string(),
  fault: z.enum(['set-up', 'path']).optional(),
  samples: z.number().optional(),
  latencyMs: z.number().optional(),
  ageMs: z.number().optional(),
})

/** What one check found. */
export const checkSchema = schemaOf<CheckResult>()(
  z.strictObject({
    id: z.string(),
    title: z.string(),
    result: z.enum(['pass', 'warn', 'fail', 'skip']),
    detail: z.string(),
    hint: z.string().optional().describe('What to do.'),
    dial: dial.optional().describe('Of the check of one dial.'),
  }),
)

/** What `verify` returns under --json. */
export const checksSchema = z.strictObject({ checks: z.array(checkSchema) })

const targetUse = schemaOf<TargetUse>()(
  z.strictObject({
    name: z.string(),
    service: z.string(),
    identity: z.string().describe('The terminator to ask for; empty for one without an identity.'),
    external: z.strictObject({ address: z.string(), hostedBy: z.string() }).optional(),
    scrapedBy: z.array(
      z.strictObject({ reader: z.string(), job: z.string(), interval: z.string(), federate: z.boolean() }),
    ),
  }),
)

/** What `targets` returns under --json. */
export const targetsSchema = z.strictObject({ targets: z.array(targetUse) })

/** What `whoami` returns under --json. */
export const whoAmISchema = z.strictObject({
  identity: z.string(),
  isAdmin: z.boolean(),
  url: z.string(),
  version: z.string().nullable(),
  profile: z.string().nullable().describe('null when no profile was used.'),
  method: z.string().nullable().describe('Of the login; null when none is at hand, only a session.'),
  session: z.enum(['zt-session', 'bearer']),
  readOnly: z.boolean(),
})

export type WhoAmIJson = z.infer<typeof whoAmISchema>
