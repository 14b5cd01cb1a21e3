import { decodeFrom, type Raw, text, texts } from '../kinds/index.js'
import type { EdgeRouter } from '../model/forecast.js'
import type { Controller } from './port.js'

/** All edge routers, in one request. */
export async function fetchRouters(controller: Controller): Promise<EdgeRouter[]> {
  const source = { url: controller.url, path: '/edge-routers' }
  return (await controller.list(source.path)).map(row => decodeFrom(source, 'edge-router', row, readRouter))
}

function readRouter(raw: Raw): EdgeRouter {
  return {
    id: text(raw, 'id', 'edge-router'),
    name: text(raw, 'name', 'edge-router'),
    roleAttributes: texts(raw, 'roleAttributes', 'edge-router'),
    isOnline: raw.isOnline === true,
  }
}
