import { parseJson } from './json.js'

/** The object in one part of a JWT (base64url of JSON), not verified; undefined when there is none. Its text is not quoted. */
export function readJwtPart(part: string): Readonly<Record<string, unknown>> | undefined {
  const value = parseJson(Buffer.from(part, 'base64url').toString('utf8'))
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
}
