import type { ScrapeJob } from '../model/scrape.js'

/**
 * Scrape jobs in the form of prometheuz, the fork of Prometheus that the article uses: a scheme of its own, the identity
 * file in a parameter that it takes out again, and a target `service-identity` (its source, `scrape/manager.go` of the fork).
 */
export function prometheuzJob({ name, interval, federate, target }: ScrapeJob, identityFile: string) {
  const metricsPath = federate ? '/federate' : target.metricsPath
  const match = federate ? '{__name__=~".+"}' : '{job!=""}'
  return {
    job_name: name,
    scrape_interval: interval,
    honor_labels: true,
    ...(metricsPath !== undefined && { metrics_path: metricsPath }),
    scheme: target.tls === undefined ? 'ziti' : 'zitis',
    params: { ...((federate || target.zitified) && { 'match[]': [match] }), 'ziti-config': [identityFile] },
    ...(target.tls !== undefined && {
      tls_config: {
        ...(target.tls.caFile !== undefined && { ca_file: target.tls.caFile }),
        server_name: target.tls.serverName,
      },
    }),
    static_configs: [{ targets: [`${target.service}-${target.identity}`] }],
  }
}

/** Where the chart puts the identity that a cluster's Prometheus scrapes with. */
export const clusterIdentityFile = '/etc/prometheus/scrape.json'

/** Where the local container finds the identity that it scrapes with. */
export const localIdentityFile = '/etc/prometheus/ziti.id.json'
