import type { Cluster, Spec } from '../spec/schema.js'
import { type SpecFile, shownPath } from './workspace.js'

/** What a person does next with a cluster's files: which chart value takes which of them, and how to prove the overlay. */
export function formatNextSteps(spec: Spec, file: SpecFile, name: string): string {
  const cluster = spec.clusters.find(one => one.name === name)
  if (cluster === undefined) return ''
  return [
    '',
    `Next, in ${name} (namespace ${cluster.namespace}), give the charts of OpenZiti their identities:`,
    ...chartLines(cluster, spec, file),
    nextCommands(spec),
  ].join('\n')
}

function chartLines(cluster: Cluster, spec: Spec, file: SpecFile): string[] {
  const path = (suffix: string) => shownPath(file, spec, `${cluster.name}/${cluster.name}.${suffix}`)
  const { releases, name } = cluster
  const token = `  ${releases.zitiHost}: --set-file zitiEnrollToken=${path('ziti.id.jwt')} (a one-time token: use it soon)`
  const workloads = cluster.workloads.map(({ name: workload }) => {
    const release = workload === 'reflect' ? releases.reflect : workload
    return `  ${release}: --set-file reflectIdentity=${path(`${workload}.id.json`)} --set serviceName=${name}.${workload}.svc --set prometheusServiceName=${name}.${workload}.scrape.svc`
  })
  return [
    ...(cluster.prometheus === 'tunneled' ? [token] : []),
    ...workloads,
    `  ${releases.prometheus}: ${prometheusValues(cluster, path('prometheus.id.json'))}`,
  ]
}

function prometheusValues({ name, prometheus }: Cluster, identity: string): string {
  const scrape = `--set-file server.scrape.id.contents=${identity}`
  if (prometheus === 'tunneled') return `--set server.ziti.enabled=false ${scrape}`
  const own = [`--set server.ziti.service=${name}.prometheus.svc`, `--set server.ziti.identity=${name}.prometheus.id`]
  const reload = [
    `--set configmapReload.ziti.targetService=${name}.prometheus.svc`,
    `--set configmapReload.ziti.targetIdentity=${name}.prometheus.id`,
  ]
  const files = ['server.ziti.id.contents', 'configmapReload.ziti.id.contents'].map(
    key => `--set-file ${key}=${identity}`,
  )
  return [scrape, ...own, ...reload, ...files].join(' ')
}

function nextCommands({ developers }: Spec): string {
  const access = developers.length === 0 ? 'zprom dev-identity dev.client   gives a person access\n' : ''
  return `${access}zprom verify                    proves that every identity sees its services`
}
