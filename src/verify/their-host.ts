import type { VisibleService } from '../model/check.js'
import { isTheirs } from '../plan/index.js'
import type { VerifyContext } from './check.js'

/** Whether an identity hosts targets of the spec, but was made by somebody else. */
export function isTheirHost(identity: string, context: Pick<VerifyContext, 'topology' | 'snapshot'>): boolean {
  const wish = context.topology.enrollments.find(one => one.identity === identity)
  return wish !== undefined && isTheirs(wish, context)
}

/** What the spec expects of an identity's services, out of all that it has: what else it may do is no matter of the spec. */
export function narrow(seen: readonly VisibleService[], expected: readonly VisibleService[]): VisibleService[] {
  const wanted = new Map(expected.map(({ service, permissions }) => [service, permissions]))
  return seen.flatMap(one => {
    const permissions = wanted.get(one.service)
    if (permissions === undefined) return []
    return [{ ...one, permissions: one.permissions.filter(permission => permissions.includes(permission)) }]
  })
}
