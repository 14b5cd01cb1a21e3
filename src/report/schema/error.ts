import * as z from 'zod'
import type { RequestDetail, SpecProblem } from '../../errors.js'
import { checkSchema } from './facts.js'
import { schemaOf } from './fits.js'
import { installReportSchema, liveSchema, reportSchema } from './run.js'

const problem = schemaOf<SpecProblem>()(
  z.strictObject({
    file: z.string(),
    line: z.int().min(1),
    column: z.int().min(1),
    path: z.string().describe('Dotted path inside the file.'),
    message: z.string(),
    suggestion: z.string().optional(),
  }),
)

const request = schemaOf<RequestDetail>()(
  z.strictObject({
    method: z.string(),
    path: z.string(),
    status: z.int().optional(),
    apiCode: z.string().optional(),
    requestId: z.string().optional(),
    field: z.string().optional(),
    networkCode: z.string().optional(),
    retryable: z.boolean().describe('Whether the same may succeed later without any change.'),
  }),
)

// One for each class in errors.ts, edge/ and enroll/.
const codes = [
  'USAGE',
  'SPEC',
  'AUTH',
  'CONTROLLER',
  'APPLY',
  'VERIFY',
  'TOOL',
  'FILE',
  'LIVE',
  'LIVE_CONFIG',
  'ENROLLMENT',
  'EDGE',
  'INTERRUPTED',
  'BUG',
] as const

const told = {
  code: z.enum(codes),
  message: z.string(),
  hint: z.string().optional().describe('What to do about it.'),
}

const members = {
  problems: z.array(problem).optional(),
  detail: request.optional().describe('The request that went wrong.'),
  path: z.string().optional().describe('The file that it is about.'),
  conflicts: z.array(z.strictObject({ address: z.string(), reason: z.string(), hint: z.string() })).optional(),
  controller: z.string().optional(),
  command: z.string().optional().describe('The program that failed.'),
}

/** The one document that stands for a failure under --json, whatever the command. */
export const errorSchema = z.strictObject({
  error: z.strictObject({
    ...told,
    exitCode: z.int().describe('See "Exit codes" in the README.'),
    ...members,
    failures: z
      .array(z.strictObject({ cluster: z.string(), context: z.string(), ...told, ...members }))
      .optional()
      .describe('The clusters whose running configuration was not edited.'),
  }),
  report: z.union([reportSchema, installReportSchema, z.null()]).optional().describe('What was done until then.'),
  live: z.array(liveSchema).optional(),
  checks: z.array(checkSchema).optional(),
})
