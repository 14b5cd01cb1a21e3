import type { ScrapedBy, ScrapeTarget } from './scrape.js'

/** Something to scrape, as a bridge offers it to Prometheus. */
export type BridgeTarget = ScrapeTarget & {
  readonly cluster?: string
  /** Of a cluster. */
  readonly workload?: string
  /** Whether it is a Prometheus, which can be federated from. */
  readonly isPrometheus: boolean
  readonly scrapedBy: readonly ScrapedBy[]
}

/** What a spec says to a bridge. */
export type BridgeTargets = {
  readonly targets: readonly BridgeTarget[]
  /** The Prometheus servers: a cluster's name or `local`, and the identity of each. */
  readonly readers: readonly { readonly name: string; readonly identity: string }[]
}
