import * as z from 'zod/mini'
import type { TextRule } from './text-rule.js'

// The small face of zod: half of what starting any command cost over node's own start was the large one.

/** A text that keeps a rule, in validation and in the JSON Schema alike. */
export function text(rule: TextRule, description: string, whenMissing?: string) {
  const schema = z.string(whenMissing === undefined ? undefined : missing(whenMissing)).check(context => {
    const fault = rule.judge(context.value)
    if (fault === undefined) return
    const params = { suggestion: fault.suggestion }
    context.issues.push({ code: 'custom', input: context.value, message: fault.message, params })
  })
  const { maxLength, pattern } = rule
  return schema.register(z.globalRegistry, { minLength: 1, maxLength, pattern: pattern.source, description })
}

/** The schema, with what a person is told of it. */
export function described<Schema extends z.core.$ZodType>(description: string, schema: Schema): Schema {
  z.globalRegistry.add(schema, { description })
  return schema
}

/** What a schema accepts, made into something else. */
export function mapped<Schema extends z.core.$ZodType, Made>(
  schema: Schema,
  make: (given: z.output<Schema>) => Made,
): z.ZodMiniPipe<Schema, z.ZodMiniTransform<Made, z.output<Schema>>> {
  return z.pipe(schema, z.transform(make))
}

/** What to say when a key is not there. */
export function missing(message: string) {
  return { error: (issue: { input?: unknown }) => (issue.input === undefined ? message : undefined) }
}
