import { ControllerError } from '../errors.js'
import { nameOf } from '../model/shown.js'

/** A JSON object of which nothing is known yet. */
export type Raw = Readonly<Record<string, unknown>>

/** Where an answer came from: a controller, and what it was asked (below its API, or from the origin). */
export type Source = { readonly url: string; readonly method?: string; readonly path: string }

/** An answer that no known controller gives. Says nothing of values, but for whose they are: the name or id of an entity. */
export class UnexpectedAnswer extends ControllerError {
  /** What was expected, and what was there. */
  readonly fault: string

  constructor(fault: string, source?: Source, owner = '') {
    const { url = '', method = 'GET', path = '' } = source ?? {}
    const where = source === undefined ? 'unexpected answer' : `${url}: unexpected answer to ${method} ${path}`
    super(
      `${where}: ${fault}${owner}`,
      { method, path, retryable: false },
      'is this an OpenZiti controller, and a version that zprom knows (see README, "Versions")?',
    )
    this.fault = fault
  }
}

/** Decodes a document of an answer, called `what`; anything unexpected in it is thrown with where it came from and whose it is. */
export function decodeFrom<T>(source: Source, what: string, value: unknown, decode: (raw: Raw) => T): T {
  try {
    return decode(asRaw(value, what))
  } catch (error) {
    if (!(error instanceof UnexpectedAnswer)) throw error
    throw new UnexpectedAnswer(error.fault, source, ownerIn(what, value))
  }
}

// Chosen by whoever answers: no long story, and nothing that moves the cursor.
function ownerIn(what: string, value: unknown): string {
  for (const key of ['name', 'id']) {
    const found = field(value, key)
    if (typeof found !== 'string' || found === '') continue
    const shown = JSON.stringify(found.slice(0, 100)).replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ')
    return ` (${what} ${key === 'id' ? 'with the id ' : ''}${shown})`
  }
  return ''
}

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

/**
 * A text member that must be there. Whoever may make an entity chooses its name: what stands in it that would move a cursor,
 * end a line or turn the reading is a code from here on, so that nothing which writes names has to think of it.
 */
export function text(raw: Raw, key: string, what: string): string {
  const value = raw[key]
  if (typeof value === 'string') return nameOf(value)
  throw unexpected(`${what}.${key}`, 'text', value)
}

/** A list of texts, each as `text` gives it; null, [] and absent are the same thing (the API gives either, depending on version and history). */
export function texts(raw: Raw, key: string, what: string): string[] {
  const value = raw[key]
  if (value === null || value === undefined) return []
  if (Array.isArray(value) && value.every(item => typeof item === 'string')) return value.map(nameOf)
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

function unexpected(what: string, wanted: string, value: unknown): UnexpectedAnswer {
  const got = value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value
  return new UnexpectedAnswer(`${what} should be ${wanted}, but is ${got}`)
}
