import { asRaw, text, texts } from '../kinds/index.js'
import type { EdgeRouter } from '../model/forecast.js'
import type { Controller } from './port.js'

/** All edge routers, in one request. */
export async function fetchRouters(controller: Controller): Promise<EdgeRouter[]> {
  const rows = (await controller.list('/edge-routers')).map(row => asRaw(row, 'edge-router'))
  return rows.map(raw => ({
    id: text(raw, 'id', 'edge-router'),
    name: text(raw, 'name', 'edge-router'),
    roleAttributes: texts(raw, 'roleAttributes', 'edge-router'),
    isOnline: raw.isOnline === true,
  }))
}
