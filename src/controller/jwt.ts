import { asRaw, type Raw } from '../kinds/index.js'

/** The claims of a JWT, not verified; undefined when it is none. */
export function readClaims(token: string): Raw | undefined {
  const parts = token.split('.')
  try {
    return parts.length === 3
      ? asRaw(JSON.parse(Buffer.from(parts[1] ?? '', 'base64url').toString('utf8')), 'claims')
      : undefined
  } catch {
    return undefined // what is wrong with it would quote it
  }
}
