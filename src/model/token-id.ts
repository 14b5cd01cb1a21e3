/**
 * What tells one enrollment token (JWT) from another: its id and its end. Each controller of a cluster signs the same token
 * itself and names itself as the issuer (2.0.3), so the texts differ. What is no JWT stands for itself.
 */
export function tokenIdOf(jwt: string): string {
  try {
    const claims: unknown = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8'))
    if (typeof claims !== 'object' || claims === null || !('jti' in claims)) return jwt
    return `${claims.jti} ${'exp' in claims ? claims.exp : ''}`
  } catch {
    return jwt
  }
}
