import * as z from 'zod'
import type { ArtefactState } from '../../flows/artefacts.js'
import type { InstallReport } from '../../model/install.js'
import type { LiveReport, Reload } from '../../model/live.js'
import type { Outcome, Report } from '../../model/report.js'
import type { PlanJson } from '../json.js'
import { artefactsSchema } from './artefacts.js'
import { type Document, schemaOf } from './fits.js'
import { planSchema } from './plan.js'

/** How one step ended. */
export const outcomeSchema = schemaOf<Outcome>()(
  z.strictObject({
    address: z.string(),
    action: z.string(),
    result: z.enum(['done', 'failed', 'skipped']),
    durationMs: z.number(),
    detail: z.string().optional().describe('Why it failed or was skipped.'),
    hint: z.string().optional().describe('What to do about it.'),
  }),
)

/** What happened in one run. */
export const reportSchema = schemaOf<Report>()(
  z.strictObject({
    outcomes: z.array(outcomeSchema),
    unchanged: z.int(),
    requests: z.int(),
    durationMs: z.number(),
    interrupted: z.boolean(),
  }),
)

/** What happened in one installation. */
export const installReportSchema = schemaOf<InstallReport>()(
  z.strictObject({
    cluster: z.string(),
    context: z.string(),
    namespace: z.string(),
    releases: z.array(
      z.strictObject({
        release: z.string(),
        chart: z.string(),
        version: z.string(),
        result: z.enum(['rolled-out', 'not-waited-for', 'failed', 'skipped']),
        durationMs: z.number(),
        detail: z.string().optional(),
      }),
    ),
    durationMs: z.number(),
    interrupted: z.boolean(),
  }),
)

const jobHealth = z.strictObject({ job: z.string(), health: z.enum(['up', 'down', 'unknown']), error: z.string() })

const reload = schemaOf<Reload>()(
  z.discriminatedUnion('state', [
    z.strictObject({ state: z.literal('reloaded'), jobs: z.array(jobHealth) }),
    z.strictObject({ state: z.literal('failed'), detail: z.string() }).describe('It goes on with the one before.'),
    z.strictObject({ state: z.literal('not-seen'), waitedMs: z.number(), reasons: z.array(z.string()) }),
    z.strictObject({ state: z.literal('no-pod') }),
    z.strictObject({ state: z.literal('not-watched') }),
  ]),
)

/** What `install` returns under --json. */
export const installSchema = z.strictObject({
  commands: z.array(z.string()).describe('In the order in which they are run.'),
  artefacts: artefactsSchema,
  report: installReportSchema.nullable().describe('null when it was declined, or only shown.'),
})

/** The document of `install`. */
export type InstallJson = Document<typeof installSchema>

/** What became of the running configuration of one cluster. */
export const liveSchema = schemaOf<LiveReport>()(
  z.strictObject({
    cluster: z.string(),
    configMap: z.string(),
    context: z.string(),
    edit: z.enum(['written', 'unchanged', 'declined']),
    jobs: z.array(z.strictObject({ job: z.string(), state: z.enum(['added', 'replaced', 'removed', 'unchanged']) })),
    attempts: z.int(),
    reload,
  }),
)

/** The document of `apply`, `init` and `destroy`. */
export type ConvergeJson = {
  readonly plan: PlanJson
  readonly report: Report | null
  readonly artefacts: readonly ArtefactState[]
}

/** What `apply`, `init` and `destroy` return under --json. */
export const runSchema = schemaOf<ConvergeJson>()(
  z.strictObject({
    plan: planSchema,
    report: reportSchema.nullable().describe('null when it was declined, or only shown.'),
    artefacts: artefactsSchema,
  }),
)
