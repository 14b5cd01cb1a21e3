import type { Controller, Glance } from '../controller/index.js'
import type { CheckResult, VisibleService } from '../model/check.js'
import type { Unusable } from '../model/held.js'
import type { Plan } from '../model/plan.js'
import type { Snapshot } from '../model/snapshot.js'
import type { Topology } from '../model/topology.js'
import type { RouterAccess } from '../plan/index.js'

/** What a check found; `hint` says what to do when it is not a pass. */
export type Finding = { readonly result: CheckResult['result']; readonly detail: string; readonly hint?: string }

/** One check as data: what it is called, and how to run it. A check throws only what zprom foresees. */
export type Check = {
  readonly id: string
  readonly title: string
  /** The identity it is about, for `--as`. */
  readonly identity?: string
  run(context: VerifyContext): Promise<Finding>
}

/** The services of an identity, and who said so; `why` says why not the identity itself. */
export type View =
  | { readonly services: readonly VisibleService[]; readonly by: 'identity' }
  | { readonly services: readonly VisibleService[]; readonly by: 'administrator'; readonly why: string }

/** What checks run on: one look at the controller, taken before the first of them. */
export type VerifyContext = {
  readonly topology: Topology
  readonly snapshot: Snapshot
  readonly plan: Plan
  readonly controller: Controller
  /** Evaluated once for all checks: every identity asks about the same services. */
  readonly routerAccess: RouterAccess
  /** How many edge routers there are, online or not. */
  readonly routers: number
  /** Number of terminators by id of service. */
  readonly terminators: ReadonlyMap<string, number>
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Services beyond the spec are a warning, not a failure. */
  readonly allowExtra: boolean
  /** The certificate of the identity file that is held here, PEM; undefined when none is. */
  heldCertificate(identity: string): Promise<string | Unusable | undefined>
  /** Whether nobody but their owner may read what is held of an identity here. */
  isPrivate(path: string): Promise<boolean>
  /** A path below the output folder as a person would type it. */
  shown(path: string): string
  /** The services of an identity: asked as the identity itself where the file of its enrolment is held. */
  view(identity: string): Promise<View>
  /** How many they are, and those of some names, asked as the identity itself; undefined where it can't be. */
  glance(identity: string, names: readonly string[]): Promise<Glance | undefined>
}
