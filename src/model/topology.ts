import type { Wanted } from './entity.js'

/** How an identity of the topology gets its certificate. */
export type EnrollmentWish = {
  /** Name of the identity. */
  readonly identity: string
  readonly origin: string
  /**
   * `file`: zprom enrolls it and keeps the identity file; `token`: zprom keeps the JWT, and whoever holds it
   * (the ziti-host pod, a developer's tunneler) enrolls.
   */
  readonly by: 'file' | 'token'
  /** Where the identity file or the JWT goes, relative to the output folder, with `/` between folders. */
  readonly path: string
  /** An identity of that name that somebody else made is theirs to enroll. */
  readonly onlyIfMissing?: true
}

/** Everything that a spec stands for. */
export type Topology = {
  readonly stack: string
  readonly entities: readonly Wanted[]
  readonly enrollments: readonly EnrollmentWish[]
}
