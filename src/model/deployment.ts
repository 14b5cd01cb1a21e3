// What a spec stands for beyond the overlay: what is installed in clusters and run on one's own machine.
import type { ScrapeForm, Scraper } from './scrape.js'

/** An identity that something deployed needs: its name and where zprom keeps the file, relative to the output folder. */
export type HeldIdentity = { readonly identity: string; readonly path: string }

/** A chart and the release that it is installed as. */
export type Release = { readonly chart: string; readonly version: string; readonly name: string }

/** What is installed into one Kubernetes cluster. */
export type ClusterDeployment = {
  readonly name: string
  /** The stack of the spec: with the name it tells whose the releases are. */
  readonly stack: string
  readonly dark: boolean
  readonly namespace: string
  readonly context: string | undefined
  /** The URL of the chart repository. */
  readonly repository: string
  readonly companions: boolean
  readonly prometheus: HeldIdentity & {
    readonly release: Release
    readonly service: string
    /** Name of the Deployment, the Service and the ConfigMap that the chart makes for the server. */
    readonly server: string
  }
  /** The workload that the reflect chart installs; absent when the spec has no such workload. */
  readonly reflect:
    | (HeldIdentity & { readonly release: Release; readonly service: string; readonly scrapeService: string })
    | undefined
  /** Absent in a dark cluster. By token, by a token's file; by Secret, by one that a person made. */
  readonly zitiHost:
    | (HeldIdentity & { readonly release: Release; readonly secret?: { readonly name: string; readonly key: string } })
    | undefined
  /** What the spec does not ask for, but may have before: releases that may still be there. */
  readonly notInstalled: readonly Release[]
  readonly scraper: Scraper
  readonly form: ScrapeForm
}

/** The Prometheus on one's own machine. */
export type LocalDeployment = {
  readonly dark: boolean
  /** On 127.0.0.1, when it is not dark. */
  readonly port: number
  readonly prometheus: HeldIdentity & { readonly service: string }
  readonly scraper: Scraper
  readonly form: ScrapeForm
}

/** All of a spec. */
export type Deployments = {
  readonly clusters: readonly ClusterDeployment[]
  readonly local: LocalDeployment | undefined
}
