import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { enrollWithToken, makeKey } from '../../src/enroll/index.js'
import { asRaw, record, text } from '../../src/kinds/index.js'
import { makeCertificate } from '../unit/enroll-certificates.js'
import type { TestOverlay } from './overlay.js'

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
