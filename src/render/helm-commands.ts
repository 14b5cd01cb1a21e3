import type { ClusterDeployment, HeldIdentity, Release } from '../model/deployment.js'
import { valuesFile } from './helm-values.js'

/** What one helm command says of a release; everything but the kube context, which whoever runs it knows. */
export type HelmRelease = {
  readonly release: Release
  /** The Deployment that the chart makes. */
  readonly deployment: string
  /** Identity files that it needs in the folder of the cluster, with whose they are. */
  readonly identities: readonly { readonly file: string; readonly identity: string }[]
  /** A one-time token, which only the first installation needs: afterwards it is spent, and its file may be gone. */
  readonly token?: { readonly file: string; readonly option: readonly string[] }
  /** Words after the chart's name: repository, version, namespace, values, identities. In groups that belong together. */
  readonly options: readonly (readonly string[])[]
}

/**
 * The releases of a cluster in the order of their installation, each with the full set of its options: helm forgets
 * earlier values as soon as one is given. All files are in the folder of the cluster.
 */
export function helmReleases(cluster: ClusterDeployment): HelmRelease[] {
  const { zitiHost, reflect, prometheus, dark } = cluster
  const options = ({ chart, version }: Release) => [
    ['--repo', cluster.repository, '--version', version],
    ['--namespace', cluster.namespace],
    ['--values', valuesFile(chart)],
  ]
  const identity = (held: HeldIdentity & { release: Release }, deployment: string, keys: readonly string[]) => {
    const file = fileName(held.path)
    const given = keys.map(key => ['--set-file', `${key}=${file}`])
    return {
      release: held.release,
      deployment,
      identities: [{ file, identity: held.identity }],
      options: [...options(held.release), ...given],
    }
  }
  const scrapeKeys = ['server.scrape.id.contents']
  const darkKeys = ['server.ziti.id.contents', 'configmapReload.ziti.id.contents']
  return [
    ...(zitiHost === undefined ? [] : [zitiHostRelease(zitiHost, options(zitiHost.release))]),
    ...(reflect === undefined ? [] : [identity(reflect, fullName(reflect.release), ['reflectIdentity'])]),
    identity(prometheus, prometheus.server, dark ? [...scrapeKeys, ...darkKeys] : scrapeKeys),
  ]
}

/**
 * The command that installs a release or brings it up to date, in the folder of its cluster, as groups of words. `Context`
 * is a text for who runs it, and what a shell is to put there for a script: both have the one list of words.
 */
export function installCommand<Context>(
  { release, options, token }: HelmRelease,
  context: Context,
  withToken = true,
): (readonly (string | Context)[])[] {
  return [
    ['helm', 'upgrade', '--install', release.name, release.chart],
    ['--kube-context', context],
    ...options,
    ...(token === undefined || !withToken ? [] : [token.option]),
    ['--create-namespace'],
  ]
}

function zitiHostRelease(
  { release, path, secret }: NonNullable<ClusterDeployment['zitiHost']>,
  options: readonly (readonly string[])[],
): HelmRelease {
  const file = fileName(path)
  return {
    release,
    deployment: fullName(release),
    identities: [],
    ...(secret === undefined && { token: { file, option: ['--set-file', `zitiEnrollToken=${file}`] } }),
    // Its hook moves identities of charts before 1.1 and would block an installation where it cannot run.
    options: [...options, ['--no-hooks']],
  }
}

// What the charts call their main object: the release if it contains the chart's name, else both.
function fullName({ chart, name }: Release): string {
  const full = name.includes(chart) ? name : `${name}-${chart}`
  return full.slice(0, 63).replace(/-$/, '')
}

function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
