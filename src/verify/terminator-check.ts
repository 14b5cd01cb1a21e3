import { counted } from '../report/counted.js'
import type { Check } from './check.js'

/** Somebody hosts the service: a terminator is there. A warning only: before anything is deployed there is none. */
export function terminatorCheck(service: string, hosts: readonly string[]): Check {
  return {
    id: `terminator/${service}`,
    title: `${service} is hosted`,
    run: async ({ snapshot, terminators }) => {
      const id = snapshot.entities.get(`service/${service}`)?.id
      if (id === undefined) return { result: 'fail', detail: 'no such service', hint: 'make it with: zprom apply' }
      const count = terminators.get(id) ?? 0
      if (count > 0) return { result: 'pass', detail: counted(count, 'terminator') }
      return { result: 'warn', detail: 'no terminator', hint: `nothing hosts it yet; ${hosts.join(' or ')} is to` }
    },
  }
}
