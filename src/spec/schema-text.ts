import * as z from 'zod'
import type { TextRule } from './text-rule.js'

/** A text that keeps a rule, in validation and in the JSON Schema alike. */
export function text(rule: TextRule, description: string, whenMissing?: string) {
  return z
    .string(whenMissing === undefined ? undefined : missing(whenMissing))
    .check(context => {
      const fault = rule.judge(context.value)
      if (fault === undefined) return
      const params = { suggestion: fault.suggestion }
      context.issues.push({ code: 'custom', input: context.value, message: fault.message, params })
    })
    .meta({ minLength: 1, maxLength: rule.maxLength, pattern: rule.pattern.source, description })
}

/** What to say when a key is not there. */
export function missing(message: string) {
  return { error: (issue: { input?: unknown }) => (issue.input === undefined ? message : undefined) }
}
