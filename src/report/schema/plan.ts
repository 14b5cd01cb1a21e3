import * as z from 'zod'
import type { PlanJson } from '../json.js'
import { schemaOf } from './fits.js'

const addresses = z.array(z.string().describe('kind/name'))

/** What a plan does not touch, and why. */
export const leftAloneSchema = z.array(z.strictObject({ address: z.string(), reason: z.string(), hint: z.string() }))

const fieldChange = z.strictObject({
  field: z.string(),
  before: z.unknown().optional().describe('Absent when the network has none.'),
  after: z.unknown().optional().describe('Absent when the spec has none.'),
  cause: z
    .enum(['spec', 'network', 'both'])
    .optional()
    .describe('What has changed since zprom wrote it; absent when nothing tells.'),
})

const waitsFor = addresses.describe('The addresses whose steps end before this one begins.')
const origin = z.string().describe('The item of the spec that asks for it, such as cluster/kubeA.')

const step = z.discriminatedUnion('action', [
  z.strictObject({
    action: z.literal('create'),
    address: z.string(),
    origin,
    fields: z.record(z.string(), z.unknown()),
    missing: z.literal(true).optional().describe('What was made together with it is there.'),
    waitsFor,
  }),
  z.strictObject({
    action: z.literal('update'),
    address: z.string(),
    origin,
    changes: z.array(fieldChange),
    waitsFor,
  }),
  z.strictObject({ action: z.literal('delete'), address: z.string(), waitsFor }),
])

const enrollment = z.strictObject({
  address: z.string(),
  identity: z.string(),
  path: z.string().describe('Relative to the output folder.'),
  action: z.enum(['enroll', 'save-token']),
  token: z.enum(['open', 'refresh', 'issue', 'replace', 're-enroll']),
  reason: z.string(),
})

const drift = z.strictObject({
  changed: z.array(z.strictObject({ address: z.string(), changes: z.array(fieldChange) })),
  missing: addresses,
  extra: z.array(z.strictObject({ address: z.string(), renamedFrom: z.string().optional() })),
})

const forecast = z.strictObject({
  changes: z.array(
    z.strictObject({
      change: z.enum(['gains', 'loses']),
      permission: z.enum(['Dial', 'Bind']),
      identities: z.array(z.string()),
      services: z.array(z.string()),
      by: z.enum(['policy', 'routers']),
      reachable: z.boolean(),
    }),
  ),
  gained: z.int(),
  lost: z.int(),
  routersKnown: z.boolean(),
})

/** A plan as --json gives it. */
export const planSchema = schemaOf<PlanJson>()(
  z.strictObject({
    stack: z.string(),
    controller: z.string(),
    steps: z.array(step).describe('In the order in which they are applied.'),
    enrollments: z.array(enrollment),
    unchanged: addresses,
    conflicts: leftAloneSchema.describe('While there is one, nothing is applied.'),
    notices: leftAloneSchema.describe(
      'Enrolments that are left alone, and what is nowhere that was named to be deleted; they hold nothing up.',
    ),
    orphans: addresses.describe('Made for this spec, no longer in it, and kept.'),
    drift: drift.describe('What somebody changed on the network, apart from what the spec wants changed.'),
    basis: z.string().describe('Hash of what the plan was made from.'),
    forecast: forecast.optional().describe('Who gains and who loses access; absent when nobody can.'),
  }),
)
