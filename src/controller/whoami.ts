import { decodeFrom, text } from '../kinds/index.js'
import type { Controller } from './port.js'

/** Who is logged in at a controller. */
export type WhoAmI = { readonly identity: string; readonly isAdmin: boolean }

/** The identity behind the session in use. Throws what the Controller throws. */
export async function fetchWhoAmI(controller: Controller): Promise<WhoAmI> {
  const source = { url: controller.url, path: '/current-identity' }
  return decodeFrom(source, 'identity', await controller.get(source.path), raw => ({
    identity: text(raw, 'name', 'identity'),
    isAdmin: raw.isAdmin === true,
  }))
}
