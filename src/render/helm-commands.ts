import type { ClusterDeployment, Release } from '../model/deployment.js'
import { valuesFile } from './helm-values.js'

/** What one helm command says of a release; everything but the kube context, which whoever runs it knows. */
export type HelmRelease = {
  readonly release: Release
  /** The Deployment that the chart makes. */
  readonly deployment: string
  /** Files that it needs in the folder of the cluster, besides its values. */
  readonly files: readonly string[]
  /** Words after the chart's name: repository, version, namespace, values, identities. In groups that belong together. */
  readonly options: readonly (readonly string[])[]
}

/**
 * The releases of a cluster in the order of their installation, each with the full set of its options: helm forgets
 * earlier values as soon as one is given. All files are in the folder of the cluster.
 */
export function helmReleases(cluster: ClusterDeployment): HelmRelease[] {
  const { zitiHost, reflect, prometheus, dark } = cluster
  const files = (name: string, keys: readonly string[]) => keys.map(key => ['--set-file', `${key}=${name}`])
  const make = (
    release: Release,
    deployment: string,
    more: readonly (readonly string[])[],
    needs: readonly string[],
  ) => ({
    release,
    deployment,
    files: needs,
    options: [
      ['--repo', cluster.repository, '--version', release.version],
      ['--namespace', cluster.namespace],
      ['--values', valuesFile(release.chart)],
      ...more,
    ],
  })
  const scrapeKeys = ['server.scrape.id.contents']
  const darkKeys = ['server.ziti.id.contents', 'configmapReload.ziti.id.contents']
  return [
    ...(zitiHost === undefined
      ? []
      : [
          make(
            zitiHost.release,
            fullName(zitiHost.release),
            [
              ...(zitiHost.secret === undefined ? files(fileName(zitiHost.path), ['zitiEnrollToken']) : []),
              // Its hook moves identities of charts before 1.1 and would block an installation where it cannot run.
              ['--no-hooks'],
            ],
            zitiHost.secret === undefined ? [fileName(zitiHost.path)] : [],
          ),
        ]),
    ...(reflect === undefined
      ? []
      : [
          make(reflect.release, fullName(reflect.release), files(fileName(reflect.path), ['reflectIdentity']), [
            fileName(reflect.path),
          ]),
        ]),
    make(
      prometheus.release,
      prometheus.server,
      files(fileName(prometheus.path), dark ? [...scrapeKeys, ...darkKeys] : scrapeKeys),
      [fileName(prometheus.path)],
    ),
  ]
}

// What the charts call their main object: the release if it contains the chart's name, else both.
function fullName({ chart, name }: Release): string {
  const full = name.includes(chart) ? name : `${name}-${chart}`
  return full.slice(0, 63).replace(/-$/, '')
}

function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
