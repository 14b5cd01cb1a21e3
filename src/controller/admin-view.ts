import { decodeFrom, record, text } from '../kinds/index.js'
import type { VisibleService } from '../model/check.js'
import type { Snapshot } from '../model/snapshot.js'
import type { Controller } from './port.js'
import { interceptsOf } from './visible.js'

/**
 * The services that an identity would see, as the controller computes them for an administrator. Which list to trust
 * depends on the version (`asIdentity` shows everything on 2.0, `policyType` is ignored on 0.28), so: the identity's list
 * of services, which is right everywhere, and the policy advice for each of them. One request, and one per service.
 */
export async function fetchServicesOf(
  controller: Controller,
  snapshot: Snapshot,
  identity: string,
): Promise<VisibleService[]> {
  const id = snapshot.enrollments.get(identity)?.identityId
  if (id === undefined) return []
  const { url } = controller
  const list = { url, path: `/identities/${id}/services` }
  const services = await Promise.all(
    (await controller.list(list.path)).map(async row => {
      const { serviceId, name } = decodeFrom(list, 'service', row, raw => ({
        serviceId: text(raw, 'id', 'service'),
        name: text(raw, 'name', 'service'),
      }))
      const advised = { url, path: `/identities/${id}/policy-advice/${serviceId}` }
      const permissions = decodeFrom(advised, 'advice', await controller.get(advised.path), permissionsOf)
      return { service: name, intercepts: interceptsIn(snapshot, name), permissions }
    }),
  )
  return services.sort((a, b) => (a.service < b.service ? -1 : 1))
}

// Members are absent when false.
function permissionsOf(advice: {
  readonly isDialAllowed?: unknown
  readonly isBindAllowed?: unknown
}): ('Bind' | 'Dial')[] {
  return [
    ...(advice.isBindAllowed === true ? ['Bind' as const] : []),
    ...(advice.isDialAllowed === true ? ['Dial' as const] : []),
  ]
}

/** The intercept addresses of a service, from the configs of a snapshot. */
export function interceptsIn(snapshot: Snapshot, service: string): string[] {
  const found = snapshot.entities.get(`service/${service}`)
  if (found?.kind !== 'service') return []
  return found.fields.configs.flatMap(name => {
    const config = snapshot.entities.get(`config/${name}`)
    const isIntercept = config?.kind === 'config' && config.fields.configType === 'intercept.v1'
    return isIntercept ? interceptsOf(record({ data: config.fields.data }, 'data', 'config')) : []
  })
}
