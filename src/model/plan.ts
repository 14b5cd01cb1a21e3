import type { Address, Observed, Wanted } from './entity.js'
import type { Forecast } from './forecast.js'

/** One field that differs. Values are in normal form. */
export type FieldChange = {
  readonly field: string
  readonly before: unknown
  readonly after: unknown
  /** What has changed since zprom wrote it: the spec, the network, or both; absent when nothing tells. */
  readonly cause?: 'spec' | 'network' | 'both'
}

/** What one step does to one entity. Told apart by `action`. */
export type Change =
  | {
      readonly action: 'create'
      readonly address: Address
      readonly after: Wanted
      /** What was made together with it is there: it was deleted since, or the run broke off. */
      readonly missing?: true
    }
  | {
      readonly action: 'update'
      readonly address: Address
      readonly before: Observed
      readonly after: Wanted
      /** Never empty. */
      readonly fields: readonly FieldChange[]
    }
  | { readonly action: 'delete'; readonly address: Address; readonly before: Observed }

/** A step in its place: it starts when all of `waitsFor` are done. */
export type Step = { readonly change: Change; readonly waitsFor: readonly Address[] }

/**
 * What happens to one identity's enrolment after the entities are in place.
 * `action`: spend the token and write the identity file, or write the token (JWT) itself.
 * `token`: where the token comes from: the open enrollment as it is; that one refreshed because it is out of date; a new
 * enrollment; one in place of the open one, which the person gives up; or a re-enrollment of the certificate that our own pending key was answered with (or that the person gave up).
 */
export type EnrollmentStep = {
  readonly address: `enrollment/${string}`
  readonly identity: string
  /** Relative to the output folder. */
  readonly path: string
  readonly action: 'enroll' | 'save-token'
  readonly token: 'open' | 'refresh' | 'issue' | 'replace' | 're-enroll'
  readonly reason: string
}

/** Why zprom will not touch an entity, and what the person can do. */
export type Conflict = { readonly address: Address; readonly reason: string; readonly hint: string }

/** That what is ours and no longer wanted is to be deleted. */
export type Prune = {
  /** Enrolled identities as well. */
  readonly enrolledToo: boolean
  /** Nothing but these, addresses and items of the spec; all of it unless given. */
  readonly only?: ReadonlySet<string>
  /** Nothing but what this item of the spec asked for, such as `cluster/kubeA`. */
  readonly of?: string
}

/** Which entities of the wanted names, made by somebody else, are to be taken over: addresses, and items of the spec such as `cluster/kubeA`. */
export type Adopt = 'all' | ReadonlySet<string>

/** What somebody changed on the network since zprom wrote it, apart from what the spec wants changed. */
export type Drift = {
  readonly changed: readonly { readonly address: Address; readonly fields: readonly FieldChange[] }[]
  readonly missing: readonly Address[]
  /** Entities with our tags under a name that zprom did not give them: renamed, or copied. */
  readonly extra: readonly { readonly address: Address; readonly renamedFrom?: Address }[]
}

/** Ordered steps from a snapshot to a topology. */
export type Plan = {
  readonly stack: string
  readonly controller: string
  /** What it was limited to: addresses and items, sorted; absent when it is of everything. */
  readonly target?: readonly string[]
  readonly steps: readonly Step[]
  readonly enrollments: readonly EnrollmentStep[]
  readonly unchanged: readonly Address[]
  /** While there is one, nothing is applied. */
  readonly conflicts: readonly Conflict[]
  /** Enrolments that zprom leaves alone, such as an identity that was enrolled elsewhere, and what was to be pruned and is not there; they hold nothing up. */
  readonly notices: readonly Conflict[]
  /** Ours by tag, but no longer in the spec, and kept. */
  readonly orphans: readonly Address[]
  readonly drift: Drift
  /** Hash of the controller, entities, enrolments and files that the plan was made from. */
  readonly basis: string
  /** Who gains and who loses access; absent when nobody can, or nothing is going to be applied. */
  readonly forecast?: Forecast
}
