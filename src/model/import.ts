import type { Address } from './entity.js'
import type { Conflict } from './plan.js'

/** Something on a network that no spec can stand for. */
export type NotUnderstood = { readonly what: string; readonly reason: string }

/** A spec that was read off a network, and how it compares with the network. */
export type Imported = {
  /** The zprom.yaml. */
  readonly text: string
  readonly clusters: readonly { readonly name: string; readonly prometheus: 'tunneled' | 'dark' }[]
  readonly local: { readonly dark: boolean } | undefined
  /** Names of what is scraped and is no cluster's. */
  readonly targets: readonly string[]
  readonly developers: readonly string[]
  /** How many entities carry the tag of the own stack: then it is a spec that was lost, and not all of it is on the network. */
  readonly own: number
  /** How many of what the spec asks for nobody owns: what there is to adopt. */
  readonly foreign: number
  /** How many entities are just as the spec asks. */
  readonly same: number
  /** What adopting would change. */
  readonly different: readonly Address[]
  /** What applying would make. */
  readonly missing: readonly Address[]
  readonly conflicts: readonly Conflict[]
  readonly notUnderstood: readonly NotUnderstood[]
}
