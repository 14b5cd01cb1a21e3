import { UsageError } from '../errors.js'
import { defaultBridgeUrl, type ScrapeForm } from '../model/scrape.js'

/** The form of scrape jobs that flags ask for; undefined: that of the spec. Throws UsageError. */
export function readForm(
  form: 'prometheuz' | 'prometheus' | undefined,
  bridgeUrl: string | undefined,
): ScrapeForm | undefined {
  if (bridgeUrl === undefined)
    return form === 'prometheus' ? { kind: form, bridgeUrl: defaultBridgeUrl } : form && { kind: form }
  if (form === 'prometheuz') throw new UsageError('--bridge goes with a stock Prometheus', 'write --for prometheus')
  if (!/^http:\/\/[^/@\s]+:\d{1,5}\/?$/.test(bridgeUrl)) {
    throw new UsageError(
      `--bridge ${bridgeUrl}: it should be http://HOST:PORT`,
      'a token is for the person to add: rendered files are fit for git',
    )
  }
  return { kind: 'prometheus', bridgeUrl: bridgeUrl.replace(/\/$/, '') }
}
