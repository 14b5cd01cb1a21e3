import type { Artefact } from '../model/artefact.js'
import type { ClusterDeployment } from '../model/deployment.js'
import { clusterIdentityFile, scrapeJob } from './jobs.js'
import { configMapMark, ownerOf, valuesMark } from './owner.js'
import type { ClusterRenderer } from './renderer.js'
import { printYaml } from './yaml.js'

/** Values for the charts, without any identity: those come by `--set-file` or from a Secret, so the files are fit for git. */
export const helmValues: ClusterRenderer = {
  name: 'helm values',
  summary: 'values for the ziti-host, reflect and prometheus charts',
  render: cluster => {
    const { zitiHost, reflect, prometheus } = cluster
    // No chart reads it: it is for whoever looks what is installed.
    const mark = { [valuesMark]: ownerOf(cluster) }
    return [
      ...(zitiHost === undefined
        ? []
        : [artefact(cluster, zitiHost.release.chart, { ...zitiHostValues(zitiHost), ...mark })]),
      ...(reflect === undefined
        ? []
        : [artefact(cluster, reflect.release.chart, { ...reflectValues(reflect), ...mark })]),
      artefact(cluster, prometheus.release.chart, prometheusValues(cluster)),
    ]
  },
}

/** The name of the values file of a chart, in the folder of its cluster. */
export function valuesFile(chart: string): string {
  return `${chart}.values.yaml`
}

function artefact({ name }: ClusterDeployment, chart: string, values: object): Artefact {
  return { path: `${name}/${valuesFile(chart)}`, text: printYaml(values) }
}

function zitiHostValues({ secret }: NonNullable<ClusterDeployment['zitiHost']>) {
  return secret === undefined ? {} : { secret: { existingSecretName: secret.name, keyName: secret.key } }
}

function reflectValues({ service, scrapeService }: NonNullable<ClusterDeployment['reflect']>) {
  return { serviceName: service, prometheusServiceName: scrapeService }
}

function prometheusValues(cluster: ClusterDeployment) {
  const { companions, dark, scraper } = cluster
  return {
    kubeStateMetrics: { enabled: companions },
    nodeExporter: { enabled: companions },
    pushgateway: { enabled: companions },
    server: {
      // A map even where nothing is in it: without one the chart stops at a nil pointer.
      scrape: {},
      // The volume takes one pod at a time, so the old one has to go first.
      strategy: { type: 'Recreate' },
      ...(dark ? darkServer(cluster) : { ziti: { enabled: false } }),
    },
    ...(dark && { configmapReload: darkReload(cluster) }),
    // What is here becomes a key of the ConfigMap, where an edit of the running configuration looks.
    serverFiles: { [configMapMark]: ownerOf(cluster) },
    ...(scraper.jobs.length > 0 && { extraScrapeConfigs: extraScrapeConfigs(cluster) }),
  }
}

function darkServer({ prometheus }: ClusterDeployment) {
  return { ziti: { enabled: true, service: prometheus.service, identity: prometheus.identity } }
}

function darkReload({ prometheus }: ClusterDeployment) {
  return {
    ziti: { targetService: prometheus.service, targetIdentity: prometheus.identity },
    prometheus: {
      extraArgs: { 'web.listen-address': '127.0.0.1:9533', 'webhook-retries': 5 },
      // The sidecar reloads over the overlay only where this path exists (its source); what is mounted there is no matter.
      extraConfigmapMounts: [
        { name: 'zhint', mountPath: '/path/to/whatever', configMap: prometheus.server, readOnly: true },
      ],
    },
  }
}

/** The jobs as the chart appends them to its own: a text that it runs as a template, so double braces are escaped. */
function extraScrapeConfigs({ scraper, form }: ClusterDeployment): string {
  const jobs = scraper.jobs.map(job => scrapeJob(job, form, clusterIdentityFile))
  return printYaml(jobs).replaceAll('{{', '{{ "{{" }}')
}
