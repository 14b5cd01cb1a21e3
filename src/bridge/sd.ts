import { sumDuration } from '../model/duration.js'
import type { ScrapedBy } from '../model/scrape.js'
import { scrapeText } from '../model/scrape-host.js'
import type { Entry } from './table.js'

/** One item of what `http_sd_configs` reads. Every value is text: Prometheus drops a whole list for one number. */
export type TargetGroup = { readonly targets: readonly string[]; readonly labels: Readonly<Record<string, string>> }

/** Whose list it is: the identity of the bridge, and the name of its Prometheus if it is one of the spec's. */
export type Self = { readonly identity: string; readonly reader: string | undefined }

/** Everything that the identity can reach but its own Prometheus, named as that names its jobs. */
export function reachableTargets(entries: readonly Entry[], self: Self): TargetGroup[] {
  return entries.flatMap(entry => {
    const { target, isDialable } = entry
    if (!isDialable || target === undefined || isOwn(entry, self)) return []
    const use = target.scrapedBy.find(one => one.reader === self.reader && !one.federate)
    return [groupOf(entry, target, use?.job ?? target.name, {})]
  })
}

function isOwn({ identity, otherIdentity, target }: Entry, self: Self): boolean {
  if (target?.isPrometheus !== true) return false
  const isOwnCluster = target.cluster !== undefined && target.cluster === self.reader
  return isOwnCluster || identity === self.identity || otherIdentity === self.identity
}

/**
 * What the spec has a Prometheus scrape, or federate from; also what may not be dialled now, for then Prometheus shows why.
 * Federation is a list of its own, as its job needs `match[]`, which Prometheus 2.42 takes from no label.
 */
export function readerTargets(entries: readonly Entry[], reader: string, federate: boolean): TargetGroup[] {
  return entries.flatMap(entry => {
    const { target } = entry
    const use = target?.scrapedBy.find(one => one.reader === reader && one.federate === federate)
    return target === undefined || use === undefined ? [] : [groupOf(entry, target, use.job, timing(use))]
  })
}

function groupOf(
  entry: Entry,
  target: NonNullable<Entry['target']>,
  job: string,
  timing: Readonly<Record<string, string>>,
): TargetGroup {
  const { service, identity, cluster, workload, metricsPath = '/metrics' } = target
  const path = timing.federate === 'yes' ? '/federate' : metricsPath
  const scheme = entry.isTls ? 'https' : 'http'
  const port = entry.isTls ? 443 : 80
  const { federate: _, ...times } = timing
  const text = scrapeText(entry)
  return {
    // The port is always there: Prometheus 3 adds none, and 2 does.
    targets: [`${entry.host}:${port}`],
    labels: {
      __meta_ziti_service: service,
      __meta_ziti_identity: identity,
      __meta_ziti_job: job,
      __meta_ziti_metrics_path: path,
      __meta_ziti_scheme: scheme,
      ...(target.tls !== undefined && { __meta_ziti_server_name: target.tls.serverName }),
      __metrics_path__: path,
      __scheme__: scheme,
      ...times,
      job,
      ...(entry.host !== text && { instance: `${text}:${port}` }),
      ...(cluster !== undefined && { cluster }),
      ...(workload !== undefined && { workload }),
      service,
    },
  }
}

// A time-out above the interval makes Prometheus drop the target, and its default is 10 s.
function timing({ interval, federate }: ScrapedBy): Record<string, string> {
  const isShort = secondsOf(interval) < 10
  return {
    __scrape_interval__: interval,
    __scrape_timeout__: isShort ? interval : '10s',
    ...(federate && { federate: 'yes' }),
  }
}

// As Prometheus writes durations: 1m30s.
function secondsOf(duration: string): number {
  return sumDuration(duration.matchAll(/(\d+)(ms|[smhdwy])/g)) / 1000
}
