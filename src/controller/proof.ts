import { AuthError } from '../errors.js'
import type { Login } from './port.js'

/** What a login sends to prove who it is of: members of the body, headers; `token` is the external one. Secrets. */
export type SentProof = {
  readonly body: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly token?: string
}

/** Asks for the secret of a login, and puts it where controllers look for it. A certificate is shown by the connection. */
export async function proofOf(login: Login): Promise<SentProof> {
  switch (login.method) {
    case 'password':
      return { body: { username: login.username, password: await login.password() } }
    case 'cert':
      return { body: {} }
    case 'ext-jwt': {
      const token = await login.token()
      return { body: {}, headers: { authorization: `Bearer ${token}` }, token }
    }
  }
}

/** The one-time code that the controller wants besides; throws AuthError when there is nobody to ask for it. */
export async function demandCode(url: string, login: Login): Promise<string> {
  if (login.totp !== undefined) return login.totp()
  throw new AuthError(`${url}: this login needs a one-time code as well`, {
    controller: url,
    method: login.method,
    hint: 'log in at a terminal, where it is asked for, or set ZPROM_TOTP',
  })
}

/** That the controller did not take the one-time code. */
export function codeRefused(url: string, { method }: Login): AuthError {
  return new AuthError(`${url}: the one-time code was refused`, {
    controller: url,
    method,
    hint: 'each code is good for half a minute; check the clock of the device that shows it, and log in again',
  })
}
