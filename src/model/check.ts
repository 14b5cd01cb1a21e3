/** What one check found. */
export type CheckResult = {
  readonly id: string
  readonly title: string
  readonly result: 'pass' | 'warn' | 'fail' | 'skip'
  readonly detail: string
  /** What to do; present when the result is not `pass`. */
  readonly hint?: string
}

/** A service as one identity sees it. */
export type VisibleService = {
  readonly service: string
  /** `address:port` of its intercept.v1 config, one per address and port range; empty when it has none. */
  readonly intercepts: readonly string[]
  /** Sorted. */
  readonly permissions: readonly ('Bind' | 'Dial')[]
}
