// What `zprom install` did in a cluster, and what the pods of a Deployment say.

/** How one release came out. Durations in milliseconds. */
export type ReleaseOutcome = {
  readonly release: string
  readonly chart: string
  readonly version: string
  /** `not-waited-for`: installed, and nobody looked whether its pods run. */
  readonly result: 'rolled-out' | 'not-waited-for' | 'failed' | 'skipped'
  readonly durationMs: number
  /** Why it failed or was skipped. */
  readonly detail?: string
}

/** What happened in one run. */
export type InstallReport = {
  readonly cluster: string
  readonly context: string
  readonly namespace: string
  readonly releases: readonly ReleaseOutcome[]
  readonly durationMs: number
  readonly interrupted: boolean
}

/** A pod that is not as it should be, in its own words and those of the cluster. */
export type PodState = {
  readonly name: string
  /** As Kubernetes has it: Pending, Running, Succeeded, Failed, Unknown. */
  readonly phase: string
  /** What keeps it from running, such as `container reflect: ImagePullBackOff: …`. */
  readonly troubles: readonly string[]
  /** Messages of warning events, the latest last. */
  readonly events: readonly string[]
  /** The ends of the logs of containers that are not ready. */
  readonly logs: readonly { readonly container: string; readonly lines: readonly string[] }[]
}

/** The pods of a Deployment; without any, what the Deployment itself says. */
export type PodsOfDeployment = { readonly pods: readonly PodState[]; readonly conditions: readonly string[] }
