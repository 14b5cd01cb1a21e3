import type { Topology } from '../model/topology.js'
import { expectClasses } from './access.js'
import type { VerifyContext, View } from './check.js'

/** One of those whose services are compared one by one, as others are to see the same. */
export type Alike = {
  readonly identity: string
  /** Its services; asked for once. */
  view(context: VerifyContext): Promise<View>
}

// To list the services of a Prometheus takes a controller a millisecond for each, and a thousand clusters have a thousand that
// see three thousand: an hour, to hear the same a thousand times.
const comparedOfEach = 10
const shortList = 10

/**
 * For each identity that is to be counted only: one of the ten, of those that should see services of the same names, that are
 * compared in full. None where a list is so short that counting saves nothing.
 */
export function findAlike(topology: Topology): Map<string, Alike> {
  const { access, classOf } = expectClasses(topology)
  const classes = new Map<string, { readonly first: Alike; count: number }>()
  const alike = new Map<string, Alike>()
  for (const [identity, services] of access) {
    if (services.length <= shortList) continue
    const found = classes.get(classOf(identity)) ?? { first: remembered(identity), count: 0 }
    classes.set(classOf(identity), found)
    found.count += 1
    if (found.count > comparedOfEach) alike.set(identity, found.first)
  }
  return alike
}

function remembered(identity: string): Alike {
  let known: Promise<View> | undefined
  return {
    identity,
    view(context) {
      known ??= context.view(identity)
      return known
    },
  }
}
