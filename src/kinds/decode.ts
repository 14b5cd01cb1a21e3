import { ControllerError } from '../errors.js'

/** A JSON object of which nothing is known yet. */
export type Raw = Readonly<Record<string, unknown>>

/** A value of a map that may not be a map. */
export function field(data: unknown, key: string): unknown {
  if (typeof data !== 'object' || data === null || !Object.hasOwn(data, key)) return undefined
  return Object.entries(data).find(([name]) => name === key)?.[1]
}

/** Narrows to an object; anything else is an answer that no known controller gives. */
export function asRaw(value: unknown, what: string): Raw {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Raw
  throw unexpected(what, 'an object', value)
}

/** A text member that must be there. */
export function text(raw: Raw, key: string, what: string): string {
  const value = raw[key]
  if (typeof value === 'string') return value
  throw unexpected(`${what}.${key}`, 'text', value)
}

/** A list of texts; null, [] and absent are the same thing (the API gives either, depending on version and history). */
export function texts(raw: Raw, key: string, what: string): string[] {
  const value = raw[key]
  if (value === null || value === undefined) return []
  if (Array.isArray(value) && value.every(item => typeof item === 'string')) return value
  throw unexpected(`${what}.${key}`, 'a list of texts', value)
}

/** An object member; null and absent read as empty. */
export function record(raw: Raw, key: string, what: string): Raw {
  const value = raw[key]
  return value === null || value === undefined ? {} : asRaw(value, `${what}.${key}`)
}

/** A member that is one of a few known texts. */
export function oneOf<T extends string>(raw: Raw, key: string, allowed: readonly T[], what: string): T {
  const value = raw[key]
  const found = allowed.find(item => item === value)
  if (found !== undefined) return found
  throw unexpected(`${what}.${key}`, allowed.join(' or '), value)
}

function unexpected(what: string, wanted: string, value: unknown): ControllerError {
  const got = value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value
  return new ControllerError(
    `unexpected answer: ${what} should be ${wanted}, but is ${got}`,
    { method: 'GET', path: what, retryable: false },
    'is this an OpenZiti controller, and a version that zprom knows (see README, "Versions")?',
  )
}
