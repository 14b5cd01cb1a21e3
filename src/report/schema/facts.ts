import * as z from 'zod'
import type { CheckResult } from '../../model/check.js'
import type { ScrapedBy, TargetUse } from '../../model/scrape.js'
import { type Document, schemaOf } from './fits.js'

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

/** The document of `verify`. */
export type ChecksJson = Document<typeof checksSchema>

/** One job by which something is scraped. */
export const scrapedBySchema = schemaOf<ScrapedBy>()(
  z.strictObject({
    reader: z.string().describe('The cluster of the Prometheus, or local.'),
    job: z.string(),
    interval: z.string().describe('As Prometheus writes it: 5s.'),
    federate: z.boolean().describe('All series of another Prometheus, instead of its own metrics.'),
  }),
)

const targetUse = schemaOf<TargetUse>()(
  z.strictObject({
    name: z.string(),
    service: z.string(),
    identity: z.string().describe('The terminator to ask for; empty for one without an identity.'),
    external: z.strictObject({ address: z.string(), hostedBy: z.string() }).optional(),
    scrapedBy: z.array(scrapedBySchema),
  }),
)

/** What `targets` returns under --json. */
export const targetsSchema = z.strictObject({ targets: z.array(targetUse) })

/** The document of `targets`. */
export type TargetsJson = Document<typeof targetsSchema>
