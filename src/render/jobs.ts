import type { ScrapeForm, ScrapeJob } from '../model/scrape.js'
import { scrapeHost, scrapeText } from '../model/scrape-host.js'

/** A scrape job in the form asked for; `identityFile` is where a Prometheus that dials by itself finds its identity. */
export function scrapeJob(job: ScrapeJob, form: ScrapeForm, identityFile: string) {
  return form.kind === 'prometheuz' ? prometheuzJob(job, identityFile) : prometheusJob(job, form.bridgeUrl)
}

/**
 * For a stock Prometheus: a bridge as its proxy, and a target that the bridge looks up. Redirects are never followed, for a
 * target could send Prometheus to any other service. The port is written out, as Prometheus 3 adds none.
 */
function prometheusJob({ name, interval, federate, target }: ScrapeJob, bridgeUrl: string) {
  const metricsPath = federate ? '/federate' : target.metricsPath
  const host = scrapeHost(target)
  const text = scrapeText(target)
  const port = target.tls === undefined ? 80 : 443
  return {
    job_name: name,
    scrape_interval: interval,
    honor_labels: true,
    ...(metricsPath !== undefined && { metrics_path: metricsPath }),
    ...(federate && { params: { 'match[]': ['{__name__=~".+"}'] } }),
    ...(target.tls !== undefined && { scheme: 'https', tls_config: tlsConfig(target.tls) }),
    follow_redirects: false,
    proxy_url: bridgeUrl,
    static_configs: [
      { targets: [`${host}:${port}`], ...(host !== text && { labels: { instance: `${text}:${port}` } }) },
    ],
  }
}

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
    ...(target.tls !== undefined && { tls_config: tlsConfig(target.tls) }),
    static_configs: [{ targets: [`${target.service}-${target.identity}`] }],
  }
}

function tlsConfig({ caFile, serverName }: NonNullable<ScrapeJob['target']['tls']>) {
  return { ...(caFile !== undefined && { ca_file: caFile }), server_name: serverName }
}

/** Where the chart puts the identity that a cluster's Prometheus scrapes with. */
export const clusterIdentityFile = '/etc/prometheus/scrape.json'

/** Where the local container finds the identity that it scrapes with. */
export const localIdentityFile = '/etc/prometheus/ziti.id.json'
