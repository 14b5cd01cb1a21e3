import { type Controller, fetchRouters } from '../controller/index.js'
import { ZpromError } from '../errors.js'
import type { EdgeRouter } from '../model/forecast.js'

/**
 * All edge routers, in one request; undefined when they can't be had, and then `onRefusal` is told why: a login can be allowed
 * to read entities and not to list routers. What hits every request shows at the others.
 */
export function fetchRoutersIfAllowed(
  controller: Controller,
  onRefusal: (error: ZpromError) => void = () => undefined,
): Promise<EdgeRouter[] | undefined> {
  return fetchRouters(controller).catch((error: unknown) => {
    if (!(error instanceof ZpromError)) throw error
    onRefusal(error)
    return undefined
  })
}
