/** An edge router as the controller has it. */
export type EdgeRouter = {
  readonly id: string
  readonly name: string
  readonly roleAttributes: readonly string[]
  readonly isOnline: boolean
}

/** What a service policy lets an identity do with a service: call it, or host it. */
export type Permission = 'Dial' | 'Bind'

/** Every one of the identities gains, or loses, the permission for every one of the services. */
export type AccessChange = {
  readonly change: 'gains' | 'loses'
  readonly permission: Permission
  /** Sorted. */
  readonly identities: readonly string[]
  /** Sorted. */
  readonly services: readonly string[]
  /** What brings it about: the service policies; or, while those grant it before and after, the router policies. */
  readonly by: 'policy' | 'routers'
  /** Whether an edge router that both may use joins them: afterwards for a gain, before for a loss. */
  readonly reachable: boolean
}

/** Who may do what once a plan is carried out that may not do it now, and the other way round. */
export type Forecast = {
  /** Losses first. */
  readonly changes: readonly AccessChange[]
  /** Pairs of identity and service, Dial and Bind apart. */
  readonly gained: number
  readonly lost: number
  /** False when the edge routers could not be listed: then everything counts as reachable. */
  readonly routersKnown: boolean
}
