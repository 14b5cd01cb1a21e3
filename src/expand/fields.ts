import { type Entity, type EntityOf, sortedSet } from '../model/entity.js'
import type { EnrollmentWish } from '../model/topology.js'

/** What one item of a spec, or a part of it, stands for; the origin is added by whoever knows the item. */
export type Part = {
  readonly entities: readonly Entity[]
  readonly enrollments: readonly Omit<EnrollmentWish, 'origin'>[]
}

/** Several parts as one, in the order given. */
export function joinParts(parts: readonly Part[]): Part {
  return { entities: parts.flatMap(part => part.entities), enrollments: parts.flatMap(part => part.enrollments) }
}

/** An identity that is no administrator. */
export function identity(name: string, roleAttributes: readonly string[] = []): EntityOf<'identity'> {
  return { kind: 'identity', name, fields: { isAdmin: false, roleAttributes: sortedSet(roleAttributes) } }
}

/** An intercept.v1 config for one TCP port of one host; `dialIdentity` asks for the terminators of that identity alone. */
export function intercept(name: string, host: string, dialIdentity?: string, port = 80): EntityOf<'config'> {
  const data = {
    protocols: ['tcp'],
    addresses: [host],
    portRanges: [{ low: port, high: port }],
    ...(dialIdentity === undefined ? {} : { dialOptions: { identity: dialIdentity } }),
  }
  return { kind: 'config', name, fields: { configType: 'intercept.v1', data } }
}

/** A host.v1 config: whoever binds the service passes the stream on to a TCP port of `address`. */
export function hostTcp(name: string, address: string, port = 80): EntityOf<'config'> {
  return { kind: 'config', name, fields: { configType: 'host.v1', data: { protocol: 'tcp', address, port } } }
}

/** A service, end-to-end encrypted as every service of the article is. */
export function service(
  name: string,
  configs: readonly string[],
  attributes: readonly string[] = [],
): EntityOf<'service'> {
  const fields = { configs: sortedSet(configs), encryptionRequired: true, roleAttributes: sortedSet(attributes) }
  return { kind: 'service', name, fields }
}

/** A policy that lets identities with one role dial one service. */
export function dialPolicy(name: string, serviceName: string, identityRole: string): EntityOf<'service-policy'> {
  return servicePolicy('Dial', name, serviceName, identityRole)
}

/** A policy that lets identities with one role host one service. */
export function bindPolicy(name: string, serviceName: string, identityRole: string): EntityOf<'service-policy'> {
  return servicePolicy('Bind', name, serviceName, identityRole)
}

// With one role on each side AnyOf and AllOf mean the same; the article leaves it open, the normal form does not.
function servicePolicy(
  type: 'Dial' | 'Bind',
  name: string,
  serviceName: string,
  identityRole: string,
): EntityOf<'service-policy'> {
  const fields = {
    type,
    serviceRoles: [`@${serviceName}`],
    identityRoles: [identityRole],
    postureCheckRoles: [],
    semantic: 'AnyOf',
  } as const
  return { kind: 'service-policy', name, fields }
}

/** Host and port of a target's address; an IPv6 address loses its brackets. */
export function splitAddress(address: string): { readonly host: string; readonly port: number } {
  const split = address.lastIndexOf(':')
  return { host: address.slice(0, split).replace(/^\[|\]$/g, ''), port: Number(address.slice(split + 1)) }
}
