/** What one check found. */
export type CheckResult = {
  readonly id: string
  readonly title: string
  readonly result: 'pass' | 'warn' | 'fail' | 'skip'
  readonly detail: string
  /** What to do; present when the result is not `pass`. */
  readonly hint?: string
  /** Present on the check of one dial. */
  readonly dial?: DialFacts
}

/** What is known of one reader that dialled one target. */
export type DialFacts = {
  readonly reader: string
  readonly target: string
  /** What did not work: the set-up (files, rights, sessions, routers), or the path from there to the metrics. */
  readonly fault?: 'set-up' | 'path'
  readonly samples?: number
  /** Of dial, request and answer. */
  readonly latencyMs?: number
  /** Of the newest sample that says when it was taken. */
  readonly ageMs?: number
}

/** A service as one identity sees it. */
export type VisibleService = {
  readonly service: string
  /** `address:port` of its intercept.v1 config, one per address and port range; empty when it has none. */
  readonly intercepts: readonly string[]
  /** Sorted. */
  readonly permissions: readonly ('Bind' | 'Dial')[]
}
