import { readFileSync } from 'node:fs'
import { load } from 'js-yaml'
import type { Person } from './cli.js'

type Reference = {
  readonly jobs: readonly { readonly where: string; readonly job: unknown }[]
  readonly localGlobal: unknown
}

/** The scrape jobs of the article, as data. */
export const reference: Reference = JSON.parse(
  readFileSync(new URL('./article/scrape-jobs.json', import.meta.url), 'utf8'),
)

/** The article's jobs of one Prometheus, in its order. */
export function referenceJobs(where: string): unknown[] {
  return reference.jobs.filter(one => one.where === where).map(({ job }) => job)
}

export type RenderedJob = Record<string, unknown> & { readonly job_name: string }

/** The jobs in the helm values that were written for a cluster. */
export async function clusterJobs(person: Person, cluster: string): Promise<RenderedJob[]> {
  const values = load(await person.read(`zprom-out/${cluster}/prometheus.values.yaml`)) as Record<string, unknown>
  return load(String(values.extraScrapeConfigs)) as RenderedJob[]
}

/** The whole configuration that was written for the local Prometheus. */
export async function localConfig(person: Person) {
  const text = await person.read('zprom-out/local/prometheus.yml')
  return load(text) as { readonly global: unknown; readonly scrape_configs: readonly RenderedJob[] }
}
