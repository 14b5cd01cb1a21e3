import { describeCertificate, fingerprint, isPubliclyTrusted, probeServer, splitPem } from '../enroll/index.js'
import { UsageError } from '../errors.js'
import { askYesNo, canAsk } from './prompts.js'
import { readCaFile } from './secrets.js'
import { timeoutMs } from './workspace.js'

export type TrustInput = {
  readonly url: string
  /** A CA file that the person names; it is believed. */
  readonly caFile: string | undefined
  /** PEM of the CA that was pinned before. */
  readonly pinned: string | undefined
  readonly yes: boolean
  readonly say: (line: string) => void
}

/**
 * The CA to trust for a controller, as PEM; undefined when the system's roots vouch for it. On first use the controller's
 * own CA is shown and the person decides (trust on first use); one that differs from the pinned one is never taken quietly.
 */
export async function findTrust({ url, caFile, pinned, yes, say }: TrustInput): Promise<string | undefined> {
  if (caFile !== undefined) return readCaFile(caFile)
  if (await isPubliclyTrusted(url, { timeoutMs })) return undefined
  const { bundle } = await probeServer(url, { timeoutMs })
  const shown = bundle.join('')
  const shownPrints = fingerprintsOf(shown)
  if (pinned !== undefined && fingerprintsOf(pinned).join() === shownPrints.join()) return pinned
  const isChange = pinned !== undefined
  say(isChange ? `The CA of ${url} is not the one that was pinned before. It now shows:` : `The CA of ${url}:`)
  for (const line of bundle.map(describe)) say(line)
  if (isChange) say('If the controller was not set up anew, someone may be in between: do not go on.')
  if (yes && !isChange) return shown
  if (!canAsk()) throw cannotAsk(url, isChange)
  if (await askYesNo('Trust it and pin it?', '--yes')) return shown
  throw new UsageError(
    'the CA was not accepted; nothing was stored',
    'compare the fingerprints with the operator of the controller, or pass --ca FILE',
  )
}

// A changed CA is the one thing that --yes does not wave through: only a person, or a CA file, can say that it is right.
function cannotAsk(url: string, isChange: boolean): UsageError {
  return isChange
    ? new UsageError(
        `${url} shows another CA than the pinned one`,
        'if that is right: zprom logout --forget, then log in again; or pass --ca FILE',
      )
    : new UsageError(`${url}: its CA is not known here yet`, 'pass --ca FILE, or --yes to pin the one that it shows')
}

function describe(pem: string): string {
  const { subject, sha256, notAfter } = describeCertificate(pem)
  return `  ${subject}\n    SHA-256 ${sha256}\n    valid until ${new Date(notAfter).toISOString().slice(0, 10)}`
}

function fingerprintsOf(pem: string): string[] {
  return splitPem(pem)
    .map(one => fingerprint(one, 'sha256'))
    .sort()
}
