// What became of an edit of a running configuration, as values.

/** What became of one job. */
export type JobState = {
  readonly job: string
  readonly state: 'added' | 'replaced' | 'removed' | 'unchanged'
}

/** How a job is scraped after the reload, by Prometheus's own word. */
export type JobHealth = { readonly job: string; readonly health: 'up' | 'down' | 'unknown'; readonly error: string }

/** Whether the running Prometheus took the configuration. */
export type Reload =
  | { readonly state: 'reloaded'; readonly jobs: readonly JobHealth[] }
  /** It refused the configuration and goes on with the one before. */
  | { readonly state: 'failed'; readonly detail: string }
  /** It may have: nothing that tells was seen in time, for these reasons. */
  | { readonly state: 'not-seen'; readonly waitedMs: number; readonly reasons: readonly string[] }
  | { readonly state: 'no-pod' }
  /** Not asked to wait. */
  | { readonly state: 'not-watched' }

/** What became of the edit of one cluster's ConfigMap. `declined`: shown, and not wanted. */
export type LiveReport = {
  readonly cluster: string
  readonly configMap: string
  readonly context: string
  readonly edit: 'written' | 'unchanged' | 'declined'
  readonly jobs: readonly JobState[]
  /** How often it was read, merged and written; more than once when somebody else edited it meanwhile. */
  readonly attempts: number
  readonly reload: Reload
}
