import type { VisibleService } from '../model/check.js'
import { type Address, addressOf } from '../model/entity.js'
import { listFew } from '../model/few.js'
import type { Check, Finding, VerifyContext } from './check.js'

/** Every service that the identity may use can be reached over an edge router that both may use and that is online. */
export function routersCheck(identity: string, expected: readonly VisibleService[]): Check {
  return {
    id: `routers/${identity}`,
    title: `${identity} shares an edge router with each of its services`,
    identity,
    run: async context => findCommonRouters(identity, expected, context),
  }
}

function findCommonRouters(identity: string, expected: readonly VisibleService[], context: VerifyContext): Finding {
  const wanted: Address[] = [`identity/${identity}`, ...expected.map(({ service }): Address => `service/${service}`)]
  const absent = wanted.filter(address => !context.snapshot.entities.has(address))
  if (absent.length > 0)
    return { result: 'fail', detail: `no such entity: ${listFew(absent)}`, hint: 'make it with: zprom apply' }
  const pairs = expected.map(({ service }) => ({ service, routers: context.routerAccess.common(identity, service) }))
  const none = pairs.filter(({ routers }) => routers.length === 0).map(({ service }) => service)
  const offline = pairs.filter(({ routers }) => routers.length > 0 && !routers.some(({ isOnline }) => isOnline))
  if (none.length > 0) {
    return { result: 'fail', detail: `no common edge router for ${listFew(none)}`, hint: hintOf(context) }
  }
  if (offline.length > 0) {
    const names = [...new Set(offline.flatMap(({ routers }) => routers.map(({ name }) => name)))]
    return { result: 'fail', detail: `offline: ${names.join(', ')}`, hint: 'start the edge router, or look at its log' }
  }
  const online = new Set(
    pairs.flatMap(({ routers }) => routers.filter(({ isOnline }) => isOnline).map(({ name }) => name)),
  )
  return { result: 'pass', detail: expected.length === 0 ? 'it uses no service' : [...online].sort().join(', ') }
}

function hintOf({ routers, topology, snapshot }: VerifyContext): string {
  if (routers === 0) return 'the network has no edge router: make one, enroll it, and start it'
  const ours = topology.entities.filter(({ kind }) => /edge-router-policy$/.test(kind)).map(addressOf)
  if (ours.length === 0)
    return 'an edge-router-policy and a service-edge-router-policy must join them; let zprom own both with "overlay: {routerPolicies: own}"'
  return ours.every(address => snapshot.entities.has(address))
    ? 'the policies of zprom reach no edge router: see that one has a role attribute of "overlay: {routers: […]}", whose default is #all'
    : 'make the two router policies with: zprom apply'
}
