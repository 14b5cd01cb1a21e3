import { localIdentityFile, scrapeJob } from './jobs.js'
import type { LocalRenderer } from './renderer.js'
import { printYaml } from './yaml.js'

/** The name of the configuration in the folder of the local Prometheus. */
export const localConfigFile = 'prometheus.yml'

/** The whole configuration of the local Prometheus. */
export const localPrometheus: LocalRenderer = {
  name: 'prometheus.yml',
  summary: 'the whole configuration of the local Prometheus',
  render: ({ scraper, form }) => [
    {
      path: `local/${localConfigFile}`,
      text: printYaml({
        global: { scrape_interval: '15s', evaluation_interval: '15s' },
        scrape_configs: scraper.jobs.map(job => scrapeJob(job, form, localIdentityFile)),
      }),
    },
  ],
}
