import type { Raw } from '../kinds/index.js'
import { readJwtPart } from '../model/jwt.js'

/** The claims of a JWT, not verified; undefined when it is none. */
export function readClaims(token: string): Raw | undefined {
  const [, claims, signature, ...more] = token.split('.')
  return claims === undefined || signature === undefined || more.length > 0 ? undefined : readJwtPart(claims)
}
