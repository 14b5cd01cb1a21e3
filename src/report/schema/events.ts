import * as z from 'zod'
import type { Event } from '../events.js'
import { errorSchema } from './error.js'
import { schemaOf } from './fits.js'
import { outcomeSchema, runSchema } from './run.js'

const counts = {
  done: z.int().describe('Steps that have ended, the skipped ones too.'),
  total: z.int().describe('Steps of the whole run, enrolments included.'),
}

const event = schemaOf<Event>()(
  z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('observed'), entities: z.int(), requests: z.int() }),
    z.strictObject({ type: z.literal('step-started'), address: z.string(), action: z.string(), ...counts }),
    z.strictObject({ type: z.literal('step-ended'), outcome: outcomeSchema, ...counts }),
    z.strictObject({ type: z.literal('interrupted'), running: z.int() }),
    z.strictObject({ type: z.literal('waiting'), text: z.string() }),
    z.strictObject({ type: z.literal('warning'), text: z.string() }),
  ]),
)

const result = z
  .strictObject({
    type: z.literal('result'),
    exitCode: z.int(),
    document: z.union([runSchema, errorSchema]).describe('What --json would have given.'),
  })
  .describe('The last line.')

/** One line under --ndjson. */
export const lineSchema = z.union([event, result])
