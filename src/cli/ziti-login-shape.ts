import { readClaims, type Session } from '../controller/index.js'
import { FileError } from '../errors.js'
import { parseJson } from '../model/json.js'
import { isRecord } from './profile-shape.js'

/** One login that the `ziti` program keeps. */
export type ZitiLogin = {
  readonly name: string
  /** Origin of the controller; undefined when its URL is none that zprom can use. */
  readonly url: string | undefined
  readonly session: Session | undefined
  /** Path of the PEM file that it trusts; undefined means the system's roots. */
  readonly caFile: string | undefined
  /** Marked so by the person: nothing is to be changed through it. */
  readonly readOnly: boolean
  /** Its controller is a service of an overlay, not an address. */
  readonly isOverlay: boolean
}

/** The logins of a ziti-cli.json, and the name of the one in use. */
export type ZitiLogins = { readonly logins: readonly ZitiLogin[]; readonly current: string }

/**
 * Reads ziti-cli.json: 1.x keeps a zt-session as `token`, 2.x an `apiSession` of type legacy or oidc (sdk-golang 1.7,
 * edge-apis/api_session.go). Throws FileError, which shows nothing of the text.
 */
export function decodeZitiLogins(text: string, path: string): ZitiLogins {
  const file = parseJson(text)
  if (!isRecord(file) || !(file.edgeIdentities === null || isRecord(file.edgeIdentities ?? {})))
    throw new FileError(
      `${path}: not a cache of "ziti edge login"`,
      path,
      'log in again with ziti, or with zprom login',
    )
  const logins = Object.entries(file.edgeIdentities ?? {}).flatMap(([name, value]) =>
    isRecord(value) ? [readLogin(name, value)] : [],
  )
  return { logins, current: textOf(file.default) ?? 'default' }
}

function readLogin(name: string, value: Record<string, unknown>): ZitiLogin {
  const { url, caCert, readOnly, networkId } = value
  const address = typeof url === 'string' && URL.canParse(url) ? new URL(url) : undefined
  return {
    name,
    url: address?.protocol === 'https:' ? address.origin : undefined,
    session: readSession(value),
    caFile: textOf(caCert),
    readOnly: readOnly === true,
    isOverlay: (address?.username ?? '') !== '' || textOf(networkId) !== undefined,
  }
}

function readSession({ token, apiSession }: Record<string, unknown>): Session | undefined {
  const { type, ztSessionToken, oidcAccessToken, oidcRefreshToken } = isRecord(apiSession) ? apiSession : {}
  const bearer = type === 'oidc' ? textOf(oidcAccessToken) : undefined
  if (bearer !== undefined) {
    const refreshToken = textOf(oidcRefreshToken)
    return { token: bearer, kind: 'bearer', expiresAt: expiryOf(bearer), ...(refreshToken && { refreshToken }) }
  }
  // How long a zt-session still lives, only the controller knows: asking it tells.
  const session = textOf(ztSessionToken) ?? textOf(token)
  return session === undefined ? undefined : { token: session, expiresAt: Number.MAX_SAFE_INTEGER }
}

function expiryOf(jwt: string): number {
  const exp = readClaims(jwt)?.exp
  return typeof exp === 'number' ? exp * 1000 : 0
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
