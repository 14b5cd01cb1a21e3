/** Since when a cluster has had no leader: one for all requests of a run, so that they wait for it together. */
export type LeaderWatch = {
  /** A change could not be taken for want of a leader; when that began, milliseconds of `now`. */
  missed(): number
  /** A change was taken. */
  found(): void
}

/** `onLost`: called whenever a wait for a leader begins. */
export function createLeaderWatch(now: () => number, onLost: () => void): LeaderWatch {
  let since: number | undefined
  return {
    missed: () => {
      if (since === undefined) {
        since = now()
        onLost()
      }
      return since
    },
    found: () => {
      since = undefined
    },
  }
}
