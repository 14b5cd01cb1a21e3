import { AuthError } from '../errors.js'
import { describeJwtRefusal } from './jwt-refusal.js'
import type { Login } from './port.js'

/** A login that was refused, as far as it can be shown. */
export type Refusal = {
  readonly url: string
  readonly login: Login
  /** The external token that was shown, if one was. A secret. */
  readonly token?: string | undefined
  /** The answer's WWW-Authenticate, as it came; only 2.x sends one. */
  readonly challenge?: unknown
  readonly now: number
}

/** Why a login was refused, as far as it can be told from here, and what to do. */
export function describeRefusal({ url, login, token = '', challenge, now }: Refusal): AuthError {
  const refused = (what: string, hint: string) =>
    new AuthError(`${url}: ${what}`, { controller: url, method: login.method, hint })
  switch (login.method) {
    case 'password':
      return refused(
        `the login of "${login.username}" was refused`,
        'check user name and password; after too many attempts the controller locks the login for a while',
      )
    case 'cert':
      return refused(
        `the certificate of "${login.name}" was refused`,
        login.advice ??
          'it may be replaced or out of date, or its identity disabled or gone; enroll the identity again and log in with the new file',
      )
    case 'ext-jwt': {
      const { what, hint } = describeJwtRefusal(token, challenge, now)
      return refused(`the token of ${login.source} was refused: ${what}`, hint)
    }
  }
}
