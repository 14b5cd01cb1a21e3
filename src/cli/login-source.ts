import type { Login, Proof } from '../controller/index.js'
import { UsageError } from '../errors.js'
import type { Environment } from './environment.js'
import { loadIdentity } from './identity-login.js'
import { askPassword, askText, canAsk } from './prompts.js'
import { readPasswordFile, readTokenFile } from './secrets.js'

/** What can be remembered of a login: who, and where its secret can be read again. All files are paths. */
export type LoginSource = {
  readonly username?: string
  /** Where the password can be read again, so that an ended session renews itself. The password itself is never stored. */
  readonly passwordFile?: string
  readonly identityFile?: string
  readonly certFile?: string
  readonly keyFile?: string
  /** Of a token of another issuer. */
  readonly extJwtFile?: string
}

/** A login as it is given for one run: what can be remembered of it, and secrets that cannot. */
export type GivenLogin = LoginSource & { readonly password?: string; readonly extJwt?: string }

/** The kinds of login that a person can choose between. */
export type LoginKind = 'password' | 'identity' | 'certificate' | 'ext-jwt'

const members: Readonly<Record<keyof GivenLogin, LoginKind>> = {
  username: 'password',
  password: 'password',
  passwordFile: 'password',
  identityFile: 'identity',
  certFile: 'certificate',
  keyFile: 'certificate',
  extJwtFile: 'ext-jwt',
  extJwt: 'ext-jwt',
}

const names = Object.keys(members) as (keyof GivenLogin)[]

/** The login among more than that, without what is not set. */
export function loginOf(from: { readonly [member in keyof GivenLogin]?: string | undefined }): GivenLogin {
  return Object.fromEntries(names.flatMap(name => (from[name] === undefined ? [] : [[name, from[name]]])))
}

/** What of a login a profile keeps. */
export function rememberedOf(from: GivenLogin): LoginSource {
  const { password: _password, extJwt: _token, ...kept } = loginOf(from)
  return kept
}

/** The kinds of which a login says something; one, unless it contradicts itself. */
export function kindsOf(login: GivenLogin): LoginKind[] {
  return [...new Set(names.filter(name => login[name] !== undefined).map(name => members[name]))]
}

/** The login that the environment gives; undefined when it says nothing of one. Throws UsageError when it gives two. */
export function givenLogin(given: Environment): GivenLogin | undefined {
  const login = loginOf(given)
  const kinds = kindsOf(login)
  if (kinds.length > 1)
    throw new UsageError(`the environment gives more than one login: ${kinds.join(', ')}`, 'unset what is not meant')
  return kinds.length === 0 ? undefined : login
}

/** Whether two logins are of one person: a new session of one is one of the other. */
export function isSameLogin(one: LoginSource, other: LoginSource): boolean {
  return names.every(name => name === 'passwordFile' || loginOf(one)[name] === loginOf(other)[name])
}

/**
 * A login that can be made from what is known; undefined when something is missing that nobody can be asked for. `ca`: what
 * an identity file trusts. Throws UsageError, FileError for files that are not there or something else.
 */
export async function makeLogin(
  given: GivenLogin,
  url: string,
  how: { readonly oidc?: boolean | undefined; readonly totp?: string | undefined } = {},
): Promise<{ readonly login: Login | undefined; readonly ca?: string | undefined }> {
  const { login, ca } = await makeProof(given, url)
  if (login === undefined) return { login, ca }
  return { login: { ...login, ...(how.oidc && { wanted: 'bearer' }), totp: codeSource(how.totp, url) }, ca }
}

// A code that is given is for one login; a person can be asked each time.
function codeSource(given: string | undefined, url: string): Login['totp'] {
  if (given !== undefined) return async () => given
  return canAsk() ? () => askText(`One-time code for ${url}`) : undefined
}

async function makeProof(
  given: GivenLogin,
  url: string,
): Promise<{ readonly login: Proof | undefined; readonly ca?: string | undefined }> {
  const { identityFile, certFile, keyFile, extJwt, extJwtFile } = given
  if (identityFile !== undefined) {
    const { name, cert, key, ca } = await loadIdentity(identityFile)
    return { login: { method: 'cert', name, cert, key }, ca }
  }
  if (certFile !== undefined || keyFile !== undefined) {
    const { loadCertificate } = await import('./identity-login.js')
    return { login: { method: 'cert', ...(await loadCertificate(certFile, keyFile)) } }
  }
  if (extJwt !== undefined) {
    const token = extJwt.trim()
    if (token === '') throw new UsageError('ZPROM_EXT_JWT is empty', 'set it to the token, or unset it')
    return { login: { method: 'ext-jwt', source: 'ZPROM_EXT_JWT', token: async () => token } }
  }
  if (extJwtFile !== undefined)
    return { login: { method: 'ext-jwt', source: extJwtFile, token: () => readTokenFile(extJwtFile) } }
  return { login: passwordLogin(given, url) }
}

function passwordLogin({ username, password, passwordFile }: GivenLogin, url: string): Proof | undefined {
  if (username === undefined) return undefined
  const login = (read: () => Promise<string>): Proof => ({ method: 'password', username, password: read })
  if (password !== undefined) return login(async () => password)
  if (passwordFile !== undefined) return login(() => readPasswordFile(passwordFile))
  return canAsk() ? login(() => askPassword(`Password of ${username} at ${url}`)) : undefined
}
