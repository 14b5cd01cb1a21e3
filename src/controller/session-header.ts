import type { Session } from './port.js'

/** The header that shows a session to the controller. */
export function sessionHeader({ token, kind }: Session): Readonly<Record<string, string>> {
  return kind === 'bearer' ? { authorization: `Bearer ${token}` } : { 'zt-session': token }
}
