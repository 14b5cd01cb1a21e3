// Who scrapes what, as values: the scrape jobs of every Prometheus, whatever form they are rendered in.

/** Something to scrape, by its place on the overlay. */
export type ScrapeTarget = {
  /** As a spec names it: `kubeA.reflect`, `kubeA.prometheus`, or the name of a target. */
  readonly name: string
  readonly service: string
  /** The terminator's identity to ask for; empty for a terminator without one, as those of a tunneler are. */
  readonly identity: string
  /** Absent: /metrics. */
  readonly metricsPath?: string
  /** Present: Prometheus speaks TLS with the target, over the overlay. */
  readonly tls?: { readonly serverName: string; readonly caFile?: string }
  /** Whether a label matcher in the query is understood: a zitified workload or a Prometheus, as the article has it. */
  readonly zitified: boolean
}

/** How scrape jobs are written: for prometheuz, which dials itself, or for a stock Prometheus, which asks a bridge. */
export type ScrapeForm =
  | { readonly kind: 'prometheuz' }
  /** `bridgeUrl`: as the Prometheus reaches it. */
  | { readonly kind: 'prometheus'; readonly bridgeUrl: string }

/** Where a bridge listens unless it is told otherwise. */
export const defaultBridgeUrl = 'http://127.0.0.1:17777'

/** One scrape job of one Prometheus. */
export type ScrapeJob = {
  readonly name: string
  /** As Prometheus writes it: `5s`. */
  readonly interval: string
  /** All series of another Prometheus, instead of its own metrics. */
  readonly federate: boolean
  readonly target: ScrapeTarget
}

/** A Prometheus of a spec with its jobs. */
export type Scraper = {
  /** The cluster's name, or `local`. */
  readonly name: string
  readonly identity: string
  readonly jobs: readonly ScrapeJob[]
}

/** A scrape job as one line of who scrapes what. */
export type ScrapedBy = {
  /** The cluster's name, or `local`. */
  readonly reader: string
  readonly job: string
  readonly interval: string
  readonly federate: boolean
}

/** Something to scrape, and who does; nobody may. */
export type TargetUse = {
  readonly name: string
  readonly service: string
  /** Empty for a terminator without one. */
  readonly identity: string
  /** Present for what the overlay does not know by itself. */
  readonly external?: { readonly address: string; readonly hostedBy: string }
  readonly scrapedBy: readonly ScrapedBy[]
}
