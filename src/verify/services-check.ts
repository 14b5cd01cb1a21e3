import { isDeepStrictEqual } from 'node:util'
import type { VisibleService } from '../model/check.js'
import { listFew } from '../model/few.js'
import { quoteWord } from '../model/shell-word.js'
import type { Snapshot } from '../model/snapshot.js'
import { counted } from '../report/counted.js'
import type { Alike } from './alike.js'
import type { Check, Finding, VerifyContext } from './check.js'
import { describeGranters, findGranters } from './extra-services.js'
import { isTheirHost, narrow } from './their-host.js'

/**
 * The identity sees the services that the spec gives it: no fewer, no more, with permissions and intercepts. With `alike`,
 * only those that it hosts are compared, and all are counted: others that should see the same are compared in full.
 */
export function servicesCheck(identity: string, expected: readonly VisibleService[], alike?: Alike): Check {
  return {
    id: `services/${identity}`,
    title: `${identity} sees ${describeCount(expected.length)}`,
    identity,
    run: async context =>
      (await runGlance(identity, expected, context, alike)) ?? runServices(identity, expected, context),
  }
}

async function runGlance(
  identity: string,
  expected: readonly VisibleService[],
  context: VerifyContext,
  alike: Alike | undefined,
): Promise<Finding | undefined> {
  if (alike === undefined || isTheirHost(identity, context)) return undefined
  if (!context.snapshot.entities.has(`identity/${identity}`)) return undefined
  // What it hosts, the others don't: only here can it be seen that it may.
  const hosted = expected.filter(({ permissions }) => permissions.includes('Bind'))
  const names = hosted.map(({ service }) => service)
  const seen = await context.glance(identity, names)
  if (seen === undefined || !isDeepStrictEqual(compareServices(hosted, seen.services), noDifference)) return undefined
  const found = `${seen.count} of ${expected.length}, as the controller counts them for the identity itself`
  if (seen.count === expected.length)
    return { result: 'pass', detail: `${found}; ${alike.identity} and others like it are compared` }
  const { services } = await alike.view(context)
  if (services.length !== seen.count) return undefined
  return {
    result: seen.count > expected.length && context.allowExtra ? 'warn' : 'fail',
    detail: `${found}; as many as ${alike.identity} sees`,
    hint: `what differs is said of ${alike.identity}; or look with: zprom verify --as ${identity}`,
  }
}

const noDifference: ReturnType<typeof compareServices> = { missing: [], extra: [], different: [] }

async function runServices(
  identity: string,
  expected: readonly VisibleService[],
  context: VerifyContext,
): Promise<Finding> {
  if (!context.snapshot.entities.has(`identity/${identity}`))
    return { result: 'fail', detail: 'no such identity', hint: 'make it with: zprom apply' }
  const view = await context.view(identity)
  const services = isTheirHost(identity, context) ? narrow(view.services, expected) : view.services
  const who =
    view.by === 'identity' ? 'as the controller tells the identity itself' : `by the administrator's view: ${view.why}`
  const { missing, extra, different } = compareServices(expected, services)
  const problems = [
    ...(missing.length > 0 ? [`missing: ${listFew(missing)}`] : []),
    ...(different.length > 0 ? [`different: ${listFew(different, { separator: '; ' })}`] : []),
    ...(extra.length > 0 ? [`beyond the spec: ${describeExtra(extra, context.snapshot)}`] : []),
  ]
  if (problems.length === 0) return { result: 'pass', detail: `${services.length} of ${expected.length}, ${who}` }
  const granting = { snapshot: context.snapshot, stack: context.topology.stack, orphans: context.plan.orphans }
  const beyond = without(services, expected)
  const granters = describeGranters(findGranters(identity, beyond, granting))
  const isSettled = context.plan.steps.length + context.plan.conflicts.length === 0
  // With nothing left to apply, the policies give what is not seen; and without one that does, give nothing beyond.
  const lost = without(expected, services)
  const miscounted = isSettled ? [...lost, ...(granters === undefined ? beyond : [])] : []
  const soon = 'what a policy just changed may take a few seconds to show'
  const mend =
    miscounted.length === 0
      ? `mend with: zprom apply; ${soon}`
      : `${soon}; otherwise ${describeMiscount([...new Set(miscounted.map(({ service }) => service))])}`
  const onlyExtra = missing.length + different.length === 0
  const hint = granters === undefined ? mend : `${mend}; beyond the spec: ${granters}`
  return {
    result: onlyExtra && context.allowExtra ? 'warn' : 'fail',
    detail: `${problems.join('; ')} (${who})`,
    hint: onlyExtra ? `${granters ?? mend}; or accept it with --allow-extra` : hint,
  }
}

// Counted when policies change, and kept: controllers before 1.1.12 count wrongly when another tool changes the type of one. What
// is deleted takes its counts with it.
function describeMiscount(services: readonly string[]): string {
  const addresses = services.slice(0, few).map(name => quoteWord(`service/${name}`))
  const more = services.length > few ? ' and so on' : ''
  return `the controller has miscounted who may do what, for its policies say otherwise: have it count again (ziti fabric db start-check-integrity -f), or make the services anew, ours with: zprom destroy ${addresses.join(' ')}${more}; then zprom apply`
}

const few = 10

// The services that others lack, be it as a whole or in a permission; of these, what they lack.
function without(services: readonly VisibleService[], others: readonly VisibleService[]): VisibleService[] {
  const known = new Map(others.map(({ service, permissions }) => [service, permissions]))
  return services.flatMap(service => {
    const permissions = service.permissions.filter(one => known.get(service.service)?.includes(one) !== true)
    return permissions.length === 0 ? [] : [{ ...service, permissions }]
  })
}

/** What differs between two lists of services; `different` says how. Pure. */
export function compareServices(expected: readonly VisibleService[], seen: readonly VisibleService[]) {
  const found = new Map(seen.map(service => [service.service, service]))
  const wanted = new Map(expected.map(service => [service.service, service]))
  const different = expected.flatMap(service => {
    const actual = found.get(service.service)
    return actual === undefined ? [] : describeDifference(service, actual)
  })
  return {
    missing: expected.filter(({ service }) => !found.has(service)).map(({ service }) => service),
    extra: seen.filter(({ service }) => !wanted.has(service)).map(({ service }) => service),
    different,
  }
}

function describeDifference(expected: VisibleService, actual: VisibleService): string[] {
  const parts = (['permissions', 'intercepts'] as const)
    .filter(member => !areSame(expected[member], actual[member]))
    .map(member => `${member} ${list(actual[member])} instead of ${list(expected[member])}`)
  return parts.length === 0 ? [] : [`${expected.service} has ${parts.join(' and ')}`]
}

// Mostly in the same order; with a thousand clusters this is asked millions of times.
function areSame(some: readonly string[], others: readonly string[]): boolean {
  if (some.length !== others.length) return false
  if (some.every((one, at) => one === others[at])) return true
  const sorted = others.toSorted()
  return some.toSorted().every((one, at) => one === sorted[at])
}

function describeCount(count: number): string {
  return count === 0 ? 'no service' : `its ${counted(count, 'service')}`
}

function list(items: readonly string[]): string {
  return items.length === 0 ? 'none' : items.join(', ')
}

function describeExtra(services: readonly string[], snapshot: Snapshot): string {
  const isForeign = (name: string) => snapshot.entities.get(`service/${name}`)?.owner === undefined
  return listFew(services.map(name => (isForeign(name) ? `${name} (not made by zprom)` : name)))
}
