import { readJwtPart } from './jwt.js'

/**
 * What tells one enrollment token (JWT) from another: its id and its end. Each controller of a cluster signs the same token
 * itself and names itself as the issuer (2.0.3), so the texts differ. What is no JWT stands for itself.
 */
export function tokenIdOf(jwt: string): string {
  const { jti, exp = '' } = readJwtPart(jwt.split('.')[1] ?? '') ?? {}
  return jti === undefined ? jwt : `${jti} ${exp}`
}
