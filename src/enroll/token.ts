import { constants, type KeyObject, verify, X509Certificate } from 'node:crypto'
import { readJwtPart } from '../model/jwt.js'
import { EnrollmentError } from './errors.js'

/** What zprom reads from a one-time enrollment token. `tokenId` is the secret that enrolls: never print it. */
export type EnrollmentToken = {
  readonly algorithm: string
  /** Hex SHA-1 of the signing certificate; tokens of 0.28 lack it. */
  readonly keyId?: string
  /** `https://host:port`, without a slash at the end. */
  readonly issuer: string
  /** Id of the identity. */
  readonly subject: string
  readonly tokenId: string
  readonly expiresAtMs: number
}

/** Decodes a token without believing it; throws EnrollmentError, whose text never holds any of the token. */
export function readToken(jwt: string): EnrollmentToken {
  const { header, claims } = splitToken(jwt)
  const algorithm = textOf(header, 'alg')
  if (!(algorithm in algorithms)) {
    throw bad('is not signed with a method that zprom accepts (ES, RS or PS with SHA-2)')
  }
  if (textOf(claims, 'em') !== 'ott') {
    throw bad('is not a one-time token (its method is not "ott")', 'Issue a one-time token (ott) for the identity.')
  }
  const expiry = claims.exp
  if (typeof expiry !== 'number' || !Number.isFinite(expiry) || expiry < 0) throw bad('has no usable "exp"')
  const token = {
    algorithm,
    issuer: issuerOf(textOf(claims, 'iss')),
    subject: textOf(claims, 'sub'),
    tokenId: textOf(claims, 'jti'),
    expiresAtMs: expiry * 1000,
  }
  return header.kid === undefined ? token : { ...token, keyId: textOf(header, 'kid') }
}

/** Throws EnrollmentError unless the certificate's key signed the token. The certificate is the DER of the TLS leaf of `iss`. */
export function verifyToken(jwt: string, certificateDer: Uint8Array): EnrollmentToken {
  const token = readToken(jwt)
  const { signingInput, signature } = splitToken(jwt)
  const key = keyOf(certificateDer)
  const method = algorithms[token.algorithm]
  if (method === undefined || !fits(method, key)) {
    throw unsigned(token, `it is marked ${token.algorithm}, which is not a method of that server's key`)
  }
  if (!verify(method.hash, Buffer.from(signingInput), { key, ...method.options }, signature)) {
    throw unsigned(token, "the signature does not match that server's certificate")
  }
  return token
}

/** Whether the token's time is over. Controllers of 0.28 were seen to enroll expired tokens, so the client must check. */
export function isExpired(token: EnrollmentToken, nowMs: number): boolean {
  return nowMs >= token.expiresAtMs
}

type Method = {
  readonly hash: string
  readonly curve?: string
  readonly options: { dsaEncoding?: 'ieee-p1363'; padding?: number; saltLength?: number }
}

const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }

// RFC 7518, section 3.1. No HMAC and no "none": both would let anyone who knows a public certificate sign.
const algorithms: Readonly<Record<string, Method>> = Object.assign(Object.create(null), {
  ES256: { hash: 'sha256', curve: 'prime256v1', options: { dsaEncoding: 'ieee-p1363' } },
  ES384: { hash: 'sha384', curve: 'secp384r1', options: { dsaEncoding: 'ieee-p1363' } },
  ES512: { hash: 'sha512', curve: 'secp521r1', options: { dsaEncoding: 'ieee-p1363' } },
  RS256: { hash: 'sha256', options: {} },
  RS384: { hash: 'sha384', options: {} },
  RS512: { hash: 'sha512', options: {} },
  PS256: { hash: 'sha256', options: pss },
  PS384: { hash: 'sha384', options: pss },
  PS512: { hash: 'sha512', options: pss },
} satisfies Record<string, Method>)

function fits(method: Method, key: KeyObject): boolean {
  const details = key.asymmetricKeyDetails
  if (method.curve !== undefined) return key.asymmetricKeyType === 'ec' && details?.namedCurve === method.curve
  return key.asymmetricKeyType === 'rsa' && (details?.modulusLength ?? 0) >= 2048
}

function keyOf(certificateDer: Uint8Array): KeyObject {
  try {
    return new X509Certificate(certificateDer).publicKey
  } catch {
    throw new EnrollmentError('certificate', "The server's certificate cannot be read.")
  }
}

// Real tokens are about 1 kB; the cap keeps a wrong file from being decoded at length.
const maxLength = 16_384

function splitToken(jwt: string) {
  const text = jwt.trim()
  const parts = text.split('.')
  const [header, claims, signature] = parts
  const isCompact = parts.length === 3 && parts.every(part => /^[A-Za-z0-9_-]+$/.test(part))
  if (
    text.length > maxLength ||
    !isCompact ||
    header === undefined ||
    claims === undefined ||
    signature === undefined
  ) {
    throw bad('is not a signed JWT (three base64url parts with dots between them)')
  }
  return {
    header: decode(header),
    claims: decode(claims),
    signingInput: `${header}.${claims}`,
    signature: Buffer.from(signature, 'base64url'),
  }
}

function decode(part: string): Readonly<Record<string, unknown>> {
  const value = readJwtPart(part)
  if (value === undefined) throw bad('holds something other than JSON')
  return value
}

function textOf(object: Readonly<Record<string, unknown>>, name: string): string {
  const value = object[name]
  if (typeof value !== 'string' || value === '' || value.length > 1024) throw bad(`has no usable "${name}"`)
  return value
}

// Only scheme, host and port: the enrolment path is ours to choose, and credentials in a URL would end up in logs.
function issuerOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const extras = url === undefined ? '' : url.username + url.password + url.search + url.hash
  if (url?.protocol !== 'https:' || extras !== '' || url.pathname !== '/') {
    throw bad('names an issuer ("iss") that is not of the form https://host:port')
  }
  return url.port === '' && /:443\/?$/.test(text) ? `${url.origin}:443` : url.origin
}

function bad(
  what: string,
  hint = 'Check that this is the enrollment token (JWT) of an identity, as OpenZiti issued it.',
) {
  return new EnrollmentError('token', `The enrollment token ${what}.`, hint)
}

function unsigned(token: EnrollmentToken, why: string) {
  return new EnrollmentError(
    'signature',
    `The enrollment token was not signed by ${token.issuer}: ${why}.`,
    'Either the token was changed or belongs to another controller, or the controller has a new certificate: issue a new token.',
  )
}
