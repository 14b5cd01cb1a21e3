import assert from 'node:assert/strict'
import { createHmac, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { enrollWithToken, makeKey } from '../../src/enroll/index.js'
import { asRaw, record, text } from '../../src/kinds/index.js'
import { makeCertificate } from '../unit/enroll-certificates.js'
import type { TestOverlay } from './overlay.js'
import { suiteSecrets } from './secrets.js'

/** An identity that a case made, for logins of its own. */
export type Made = { readonly id: string; readonly name: string }

/** An administrator with a certificate: made on the controller, enrolled with zprom. `identityFile` is its text. */
export async function enrolledAdmin(
  overlay: TestOverlay,
  { isAdmin = true } = {},
): Promise<Made & { readonly identityFile: string }> {
  const { id, name } = await makeIdentity(overlay, { isAdmin, enrollment: { ott: true } })
  const made = asRaw(await overlay.admin().get(`/identities/${id}`), 'identity')
  const jwt = text(record(record(made, 'enrollment', 'identity'), 'ott', 'enrollment'), 'jwt', 'ott')
  const keyPem = await makeKey('ec-p256')
  const { identityFile } = await enrollWithToken({ jwt, keyPem, timeoutMs: 20_000, now: Date.now, ca: [overlay.ca] })
  return { id, name, identityFile }
}

/** An identity with what the API takes besides a name. */
export async function makeIdentity(overlay: TestOverlay, more: Readonly<Record<string, unknown>>): Promise<Made> {
  const name = `login-${randomBytes(5).toString('hex')}`
  const { id } = await overlay.admin().create('/identities', { name, type: 'Device', isAdmin: true, ...more })
  return { id, name }
}

/** A member of an identity file's `id`, as PEM. */
export function pemOf(identityFile: string, member: 'key' | 'cert' | 'ca'): string {
  const value = record(asRaw(JSON.parse(identityFile), 'file'), 'id', 'file')[member]
  return typeof value === 'string' ? value.replace(/^pem:/, '') : assert.fail(`no ${member}`)
}

/** An issuer of tokens that a controller knows as an external JWT signer. */
export type TokenIssuer = {
  readonly issuer: string
  readonly audience: string
  /** A token of its key; claims in place of the usual ones. */
  token(subject: string, claims?: Readonly<Record<string, unknown>>): string
}

/** Makes a key, and an external JWT signer of it on the controller. */
export async function makeTokenIssuer(overlay: TestOverlay): Promise<TokenIssuer> {
  const word = randomBytes(5).toString('hex')
  const [issuer, audience, kid] = [`https://issuer-${word}.example`, `zprom-${word}`, `key-${word}`]
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const certificate = await makeCertificate(privateKey, { subject: `CN=${word}`, isCa: true })
  const signer = { issuer, audience, kid, certPem: certificate.toString('pem'), useExternalId: true, enabled: true }
  await overlay.admin().create('/external-jwt-signers', { name: `signer-${word}`, ...signer })
  return {
    issuer,
    audience,
    token: (subject, claims = {}) => {
      const now = Math.floor(Date.now() / 1000)
      const payload = { iss: issuer, aud: audience, sub: subject, iat: now - 60, exp: now + 600, ...claims }
      const text = [{ alg: 'RS256', typ: 'JWT', kid }, payload].map(part => encode(JSON.stringify(part))).join('.')
      return `${text}.${encode(sign('RSA-SHA256', Buffer.from(text), privateKey))}`
    },
  }
}

function encode(part: string | Buffer): string {
  return Buffer.from(part).toString('base64url')
}

/** Ends every session of an identity at the controller. */
export async function endSessionsOf(overlay: TestOverlay, identity: string): Promise<void> {
  const controller = overlay.admin()
  for (const row of await controller.list('/api-sessions')) {
    const session = asRaw(row, 'session')
    if (session.identityId === identity) await controller.remove('/api-sessions', text(session, 'id', 'session'))
  }
}

/** An administrator with a password, and with a one-time code when `totp`; `code` gives the code of this moment. */
export async function passwordAdmin(
  overlay: TestOverlay,
  { totp = false } = {},
): Promise<Made & { readonly password: string; code(): string }> {
  const made = await makeIdentity(overlay, {})
  const password = randomBytes(12).toString('hex')
  suiteSecrets.secret('the password of an administrator', password)
  const updb = { method: 'updb', identityId: made.id, username: made.name, password }
  await overlay.admin().post('/authenticators', updb)
  const secret = totp ? await enrollTotp(overlay, made.name, password) : ''
  return { ...made, password, code: () => totpCode(secret, Date.now()) }
}

async function enrollTotp(overlay: TestOverlay, username: string, password: string): Promise<string> {
  const own = overlay.admin({ username, password })
  await own.post('/current-identity/mfa', {})
  const { provisioningUrl } = asRaw(await own.get('/current-identity/mfa'), 'mfa')
  const secret = new URL(String(provisioningUrl)).searchParams.get('secret') ?? assert.fail('no secret')
  suiteSecrets.secret('the secret of one-time codes', secret)
  await own.post('/current-identity/mfa/verify', { code: totpCode(secret, Date.now()) })
  await own.endSession()
  return secret
}

// RFC 6238, as authenticator apps do it: SHA-1, 30 s, six digits.
function totpCode(secret: string, now: number): string {
  const bits = [...secret.replaceAll('=', '')]
    .map(letter => base32.indexOf(letter).toString(2).padStart(5, '0'))
    .join('')
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map(byte => Number.parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(now / 30_000)))
  const digest = createHmac('sha1', key).update(counter).digest()
  const at = (digest.at(-1) ?? 0) & 0xf
  return String((digest.readUInt32BE(at) & 0x7fff_ffff) % 1_000_000).padStart(6, '0')
}

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** Revokes the API session of a bearer token, as an administrator can from 2.x on. */
export async function revokeBearer(overlay: TestOverlay, token: string): Promise<void> {
  const claims = asRaw(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')), 'claims')
  await overlay.admin().post('/revocations', { id: claims.z_asid, type: 'API_SESSION' })
}
